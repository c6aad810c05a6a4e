package archive_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/goherd/goherd/kernel/cell/std/internal/archive"
)

func TestRoundTrip(t *testing.T) {
	records := []archive.Record{{"", "package a", "Package a is\n\none."}, {"T.M", "func (T) M()", ""}}
	docs := archive.EncodeRecords(records)
	data := archive.Encode("go1.26", []archive.Entry{
		{Path: "a", Name: "a", Synopsis: "Package a\tis\none.", Types: []byte("x\n\ny"), Docs: docs},
		{Path: "b/v2", Name: "b"},
	})
	version, pkgs, err := archive.Decode(string(data))
	if err != nil || version != "go1.26" {
		t.Fatalf("version %q, error %v", version, err)
	}
	want := []archive.Package{
		{Path: "a", Name: "a", Synopsis: "Package a is one.", Types: "x\n\ny", Docs: string(docs)},
		{Path: "b/v2", Name: "b"},
	}
	if diff := cmp.Diff(want, pkgs); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(records, slices.Collect(archive.Records(pkgs[0].Docs))); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}

func TestDecodeBroken(t *testing.T) {
	for _, data := range []string{
		"", "goherd-std 1 go1.26", "other 1\n\n",
		"goherd-std 1 go1.26\na\ta\t1\t0\t\n\n",
		"goherd-std 1 go1.26\na\ta\t-1\t0\t\n\nx",
		"goherd-std 1 go1.26\na a\n\nx",
	} {
		if _, pkgs, err := archive.Decode(data); err == nil {
			t.Errorf("%q: no error, %v", data, pkgs)
		}
	}
	good := string(archive.EncodeRecords([]archive.Record{{"n", "s", "d"}}))
	for cut := 1; cut < len(good); cut++ {
		if got := slices.Collect(archive.Records(good[:cut])); len(got) != 0 {
			t.Errorf("cut at %d: %v", cut, got)
		}
	}
}
