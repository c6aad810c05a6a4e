package ship

import (
	"encoding/binary"
	"reflect"
	"sync"
	"time"
	"unsafe"
)

// How a *time.Location begins.
const (
	locNil = iota
	locUTC
	locLocal
	locNamed  // name
	locFixed  // name, offset
	locFields // and what a time.Location has, later
	locOld    // the number of the object + locOld
)

// A time is written as the instant and the location.
func (e *encoder) time(q unsafe.Pointer) {
	t := *(*time.Time)(q)
	e.buf = binary.LittleEndian.AppendUint64(e.buf, uint64(t.Unix()))
	e.uint32(uint32(t.Nanosecond()))
	loc := t.Location()
	e.location(unsafe.Pointer(&loc))
}

func (d *decoder) time(q unsafe.Pointer) {
	b := d.take(12)
	sec, nsec := int64(binary.LittleEndian.Uint64(b)), int64(binary.LittleEndian.Uint32(b[8:]))
	var loc *time.Location
	d.location(unsafe.Pointer(&loc))
	if loc == nil {
		loc = time.UTC
	}
	*(*time.Time)(q) = time.Unix(sec, nsec).In(loc)
}

func (e *encoder) location(q unsafe.Pointer) {
	loc := *(**time.Location)(q)
	switch loc {
	case nil:
		e.byte(locNil)
		return
	case time.UTC:
		e.byte(locUTC)
		return
	case time.Local:
		e.byte(locLocal)
		return
	}
	pl := e.c.plan(locationType.Elem())
	if id, ok := e.seen.find(unsafe.Pointer(loc), pl, one); ok {
		e.uint(id + locOld)
		return
	}
	e.seen.add(e, unsafe.Pointer(loc), pl, one, e.count)
	e.count++
	switch locationWay(loc) {
	case locFixed:
		name, off := time.Unix(0, 0).In(loc).Zone()
		e.byte(locFixed)
		e.text(name)
		e.uint32(uint32(off))
	case locNamed:
		e.byte(locNamed)
		e.text(loc.String())
	default:
		e.byte(locFields)
		e.push(pl, unsafe.Pointer(loc), one)
	}
}

func (d *decoder) location(q unsafe.Pointer) {
	to := (**time.Location)(q)
	pl := d.c.plan(locationType.Elem())
	switch code := d.uint(); code {
	case locNil:
		*to = nil
		return
	case locUTC:
		*to = time.UTC
		return
	case locLocal:
		*to = time.Local
		return
	case locFixed:
		name := d.text()
		*to = time.FixedZone(name, int(int32(d.uint32())))
	case locNamed:
		name := d.text()
		loc, err := zone(name)
		if err != nil {
			failf("the time zone %q isn't known here: %w", name, err)
		}
		*to = loc
	case locFields:
		d.owe(pl.min)
		*to = new(time.Location)
		d.content(pl, unsafe.Pointer(*to), one, false)
		return
	default:
		*to = (*time.Location)(d.old(code-locOld+refOld, pl, one).p)
		return
	}
	d.objs = append(d.objs, object{unsafe.Pointer(*to), pl, one})
}

var zones, zoneWays sync.Map // by name, to *time.Location; by that, to int

// zone returns the location with a name.
func zone(name string) (*time.Location, error) {
	if loc, ok := zones.Load(name); ok {
		return loc.(*time.Location), nil
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, err
	}
	first, _ := zones.LoadOrStore(name, loc)
	return first.(*time.Location), nil
}

// locationWay returns how a location is written.
func locationWay(loc *time.Location) int {
	if n := reflect.ValueOf(loc).Elem().FieldByName("zone"); n.IsValid() && n.Kind() == reflect.Slice && n.Len() == 1 {
		if name, _ := time.Unix(0, 0).In(loc).Zone(); name == loc.String() {
			return locFixed
		}
	}
	if way, ok := zoneWays.Load(loc); ok {
		return way.(int)
	}
	way := locFields
	if known, err := zone(loc.String()); err == nil && sameZone(loc, known) {
		way = locNamed
	}
	zoneWays.Store(loc, way)
	return way
}

// sameZone reports whether two locations tell the same times: every week of two centuries is looked at.
func sameZone(a, b *time.Location) bool {
	const week = 7 * 24 * time.Hour
	for t := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC); t.Year() < 2100; t = t.Add(week) {
		an, ao := t.In(a).Zone()
		bn, bo := t.In(b).Zone()
		if an != bn || ao != bo {
			return false
		}
	}
	return a.String() == b.String()
}
