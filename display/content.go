package display

import (
	"bytes"
	"encoding/json"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"strconv"
	"strings"
)

// content is a bundle made once, whose values are ready for JSON.
type content struct{ bundle Bundle }

// MIMEBundle implements [Content].
func (c content) MIMEBundle() Bundle { return c.bundle.clone() }

// String returns the text form, so that content can also be printed.
func (c content) String() string { return fmt.Sprint(c.bundle.Data[plainText]) }

func single(mime string, value any, text string) content {
	return content{Bundle{Data: map[string]any{mime: value, plainText: text}}}
}

// Text is text shown as it is, in a fixed-width font; ANSI colours work.
func Text(s string) Content {
	return content{Bundle{Data: map[string]any{plainText: s}}}
}

// HTML is a piece of a page. It is not escaped; scripts in it run where the
// front end trusts the notebook.
func HTML(s string) Content { return single("text/html", s, htmlText(s)) }

// Markdown is text in the notebook's Markdown, formulas included.
func Markdown(s string) Content { return single("text/markdown", s, s) }

// LaTeX is a formula, with its delimiters: $…$, $$…$$ or an environment.
func LaTeX(s string) Content { return single("text/latex", s, s) }

// SVG is a drawing. Notebooks show it as a picture: scripts in it don't run.
func SVG(s string) Content { return single("image/svg+xml", s, "SVG drawing, "+size(len(s))) }

// JSON is v as encoding/json encodes it, shown as a tree that can be folded. What
// can't be encoded is shown as text that says why.
func JSON(v any) Content {
	data, err := wireValue("application/json", v)
	if err != nil {
		return Text("not shown as JSON: " + err.Error())
	}
	const limit = 20_000
	raw := data.(json.RawMessage)
	text := "JSON, " + size(len(raw))
	var indented bytes.Buffer
	if len(raw) <= limit && json.Indent(&indented, raw, "", "  ") == nil {
		text = indented.String()
	}
	return single("application/json", raw, text)
}

// Bytes is data of any MIME type. Types that are text or JSON hold text in UTF-8.
// What the front end doesn't know it shows as a line with the type and size.
func Bytes(mime string, data []byte) Content {
	value, err := wireValue(mime, data)
	if err != nil {
		return Text("not shown as " + mime + ": " + err.Error())
	}
	if mime == plainText {
		return Text(value.(string))
	}
	return single(mime, value, mime+", "+size(len(data)))
}

// ImageOption changes how a picture is shown.
type ImageOption func(metadata map[string]any)

// Size sets the size at which a picture is shown, in CSS pixels, whatever its
// own; zero leaves that side to the front end.
func Size(width, height int) ImageOption {
	return func(m map[string]any) {
		if width > 0 {
			m["width"] = width
		}
		if height > 0 {
			m["height"] = height
		}
	}
}

// PNG is a picture in the PNG format. Data that is none is shown as text that
// says so.
func PNG(data []byte, opts ...ImageOption) Content {
	return picture("PNG", "image/png", data, png.DecodeConfig, opts)
}

// JPEG is a picture in the JPEG format. Data that is none is shown as text that
// says so.
func JPEG(data []byte, opts ...ImageOption) Content {
	return picture("JPEG", "image/jpeg", data, jpeg.DecodeConfig, opts)
}

func picture(name, mime string, data []byte, config func(io.Reader) (image.Config, error), opts []ImageOption) Content {
	c, err := config(bytes.NewReader(data))
	if err != nil {
		return Text("not shown as " + name + ": " + err.Error())
	}
	value, err := wireValue(mime, data)
	if err != nil {
		return Text("not shown as " + name + ": " + err.Error())
	}
	shown := single(mime, value, fmt.Sprintf("%s picture, %d×%d pixels, %s", name, c.Width, c.Height, size(len(data))))
	metadata := map[string]any{}
	for _, o := range opts {
		o(metadata)
	}
	if len(metadata) > 0 {
		shown.bundle.Metadata = map[string]any{mime: metadata}
	}
	return shown
}

func encodePNG(img image.Image) ([]byte, error) {
	var buf bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := enc.Encode(&buf, img); err != nil {
		return nil, err
	}
	return buf.Bytes(), nil
}

// size writes a number of bytes for a person.
func size(n int) string {
	const k = 1000
	switch {
	case n < k:
		return strconv.Itoa(n) + " bytes"
	case n < k*k:
		return decimal(float64(n)/k) + " kB"
	}
	return decimal(float64(n)/k/k) + " MB"
}

func decimal(f float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(f, 'f', 1, 64), ".0")
}
