package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

type circle struct{ r int }

func (c circle) ColorModel() color.Model { return color.AlphaModel }
func (c circle) Bounds() image.Rectangle { return image.Rect(-c.r, -c.r, c.r, c.r) }
func (c circle) At(x, y int) color.Color {
	if x*x+y*y < c.r*c.r {
		return color.Alpha{255}
	}
	return color.Alpha{}
}

func main() {
	m := image.NewRGBA(image.Rect(0, 0, 10, 10))
	draw.DrawMask(m, m.Bounds(), image.NewUniform(color.RGBA{255, 0, 0, 255}), image.Point{}, circle{4}, image.Pt(-5, -5), draw.Over)
	for y := range 10 {
		for x := range 10 {
			if _, _, _, a := m.At(x, y).RGBA(); a > 0 {
				fmt.Print("#")
			} else {
				fmt.Print(".")
			}
		}
		fmt.Println()
	}
	var b bytes.Buffer
	fmt.Println(png.Encode(&b, m))
	d, s, err := image.Decode(&b)
	fmt.Println(d.Bounds(), s, err)
}
