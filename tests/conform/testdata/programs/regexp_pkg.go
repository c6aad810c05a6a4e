package main

import (
	"fmt"
	"regexp"
	"strings"
)

func main() {
	re := regexp.MustCompile(`(?P<user>\w+)@(\w+)\.com`)
	s := "bob@example.com, ann@test.com"
	fmt.Println(re.FindString(s), re.FindAllString(s, -1), re.FindStringSubmatch(s), re.FindStringIndex(s))
	fmt.Println(re.ReplaceAllString(s, "$2:${user}"), re.SubexpNames(), re.NumSubexp(), re.SubexpIndex("user"))
	fmt.Println(re.ReplaceAllStringFunc(s, strings.ToUpper), re.MatchString("none"))
	_, err := regexp.Compile("a(b")
	fmt.Println(err)
	fmt.Println(regexp.MustCompile(`\s+`).Split("a b   c", -1), regexp.QuoteMeta("a.b"))
	fmt.Println(re)
}
