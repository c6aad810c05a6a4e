package sql

import (
	"database/sql"
	"database/sql/driver"
	"reflect"
)

func convertAssign(dest, src any) error

func Null_Scan[T any](n *sql.Null[T], value any) error {
	if value == nil {
		var zero T
		n.V, n.Valid = zero, false
		return nil
	}
	n.Valid = true
	return convertAssign(&n.V, value)
}

func Null_Value[T any](n sql.Null[T]) (driver.Value, error) {
	if !n.Valid {
		return nil, nil
	}
	var v any = n.V
	if valuer, ok := v.(driver.Valuer); ok {
		inner, err := ask(valuer)
		if err != nil {
			return inner, err
		}
		v = inner
	}
	return driver.DefaultParameterConverter.ConvertValue(v)
}

// ask calls Value, but not of a nil pointer to what has the method itself.
func ask(v driver.Valuer) (driver.Value, error) {
	r := reflect.ValueOf(v)
	if r.Kind() == reflect.Pointer && r.IsNil() && r.Type().Elem().Implements(reflect.TypeOf((*driver.Valuer)(nil)).Elem()) {
		return nil, nil
	}
	return v.Value()
}
