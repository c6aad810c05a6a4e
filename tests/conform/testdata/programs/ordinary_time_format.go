package main

import (
	"fmt"
	"time"
)

func age(born, now time.Time) int {
	y := now.Year() - born.Year()
	if now.YearDay() < born.YearDay() {
		y--
	}
	return y
}

func human(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d seconds", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d minutes", d/time.Minute)
	default:
		return fmt.Sprintf("%.1f hours", d.Hours())
	}
}

func main() {
	born := time.Date(1990, 5, 17, 0, 0, 0, 0, time.UTC)
	now := time.Date(2024, 3, 1, 12, 30, 0, 0, time.UTC)
	fmt.Println(age(born, now), now.Sub(born).Hours() > 1e5)
	for _, l := range []string{time.RFC822, time.Kitchen, "2006-01-02", "Monday, January 2", "15h04"} {
		fmt.Println(now.Format(l))
	}
	for _, d := range []time.Duration{5 * time.Second, 90 * time.Second, 5400 * time.Second} {
		fmt.Println(human(d), d)
	}
	for d := now; d.Weekday() != time.Monday; d = d.AddDate(0, 0, 1) {
		fmt.Print(d.Weekday(), " ")
	}
	fmt.Println()
}
