package main

import (
	"bytes"
	"compress/gzip"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/csv"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"html"
	"io"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
)

type Rec struct {
	A uint16
	B int32
	C [2]uint8
}

func main() {
	fmt.Println(base64.StdEncoding.EncodeToString([]byte("hello")), hex.EncodeToString([]byte{1, 255}), base64.URLEncoding.EncodeToString([]byte{251, 255}))
	b, err := base64.StdEncoding.DecodeString("!!")
	fmt.Println(b, err)
	fmt.Printf("%x\n", sha256.Sum256([]byte("abc")))
	fmt.Printf("%x\n", md5.Sum([]byte("abc")))
	h := hmac.New(sha1.New, []byte("k"))
	io.WriteString(h, "msg")
	fmt.Printf("%x %d\n", h.Sum(nil), crc32.ChecksumIEEE([]byte("abc")))
	var buf bytes.Buffer
	fmt.Println(binary.Write(&buf, binary.LittleEndian, Rec{1, -2, [2]uint8{3, 4}}), buf.Bytes(), binary.Size(Rec{}))
	var r Rec
	fmt.Println(binary.Read(&buf, binary.LittleEndian, &r), r, binary.BigEndian.Uint32([]byte{0, 0, 1, 0}))
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	w.Write(bytes.Repeat([]byte("x"), 1000))
	w.Close()
	g, _ := gzip.NewReader(&z)
	out, _ := io.ReadAll(g)
	fmt.Println(len(out), z.Len() < 100)
	rd := csv.NewReader(strings.NewReader("a,b\n\"x,1\",\"q\"\"q\"\n"))
	rows, err := rd.ReadAll()
	fmt.Println(rows, len(rows), err)
	cw := csv.NewWriter(os.Stdout)
	cw.Write([]string{"p q", "r,s", "t\"u"})
	cw.Flush()
	u, _ := url.Parse("https://u:p@h.com:80/a b?q=1&q=2#f")
	fmt.Println(u.Host, u.Port(), u.Query()["q"], u.Fragment, u.Path, url.QueryEscape("a b&c"), u)
	fmt.Println(path.Join("a", "../b"), path.Base("/x/y.go"), path.Ext("y.go"), filepath.ToSlash("a/b"))
	fmt.Println(html.EscapeString("<a>"), net.ParseIP("10.0.0.1").To4() != nil, netip.MustParseAddr("::1"))
}
