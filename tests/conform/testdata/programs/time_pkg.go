package main

import (
	"fmt"
	"time"
)

func main() {
	t := time.Date(2024, time.February, 29, 13, 4, 5, 6000, time.UTC)
	fmt.Println(t, t.Weekday(), t.YearDay(), t.Unix(), t.Format(time.RFC3339Nano))
	fmt.Println(t.Format("Mon Jan _2 15:04:05 2006"), t.Format("02/01/06 03:04PM"), t.AddDate(1, 0, 0).Format(time.DateOnly))
	u, err := time.Parse("2006-01-02 15:04", "2023-12-31 23:59")
	fmt.Println(u, err, t.Sub(u), t.After(u), u.Before(t), t.Equal(t.In(time.FixedZone("X", 3600))))
	_, err = time.Parse(time.RFC3339, "nope")
	fmt.Println(err)
	d, _ := time.ParseDuration("1h15m30.5s")
	fmt.Println(d, d.Hours(), d.Round(time.Minute), d.Truncate(time.Hour), d/2, 2*time.Second+300*time.Millisecond)
	fmt.Printf("%v %d %T %s\n", time.March, time.March, time.March, time.Saturday)
	fmt.Println(t.Truncate(24*time.Hour), t.In(time.FixedZone("EST", -5*3600)))
	y, w := t.ISOWeek()
	fmt.Println(y, w, t.Month() == 2, time.Time{}.IsZero(), time.Unix(0, 0).UTC())
	tm := time.NewTimer(time.Millisecond)
	<-tm.C
	tk := time.NewTicker(time.Millisecond)
	n := 0
	for range tk.C {
		if n++; n == 3 {
			tk.Stop()
			break
		}
	}
	fmt.Println(n, time.Since(time.Now()) < time.Second)
	ch := make(chan string)
	time.AfterFunc(time.Millisecond, func() { ch <- "after func" })
	fmt.Println(<-ch)
}
