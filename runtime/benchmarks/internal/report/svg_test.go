package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestSVG(t *testing.T) {
	none := math.NaN()
	table := &Table{
		ID: "hits", Title: "Hits <in> memory", Columns: []string{"", "time", "to otter"},
		Rows: []Row{
			{Name: "slow & sure", Cells: []string{"1 µs", "16x"}, Bars: []float64{none, 16}},
			{Name: "cachegen", Cells: []string{"80 ns", "2x"}, Bars: []float64{none, 2}},
			{Name: "otter", Cells: []string{"40 ns", "1x"}, Bars: []float64{none, 1}},
			{Name: "absent", Cells: []string{"no"}},
		},
	}
	data := SVG("Title", "What it shows", "cachegen", table)
	var lengths []float64
	var texts []string
	for d := xml.NewDecoder(bytes.NewReader(data)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("not well-formed: %v\n%s", err, data)
		}
		switch token := token.(type) {
		case xml.StartElement:
			for _, a := range token.Attr {
				if token.Name.Local == "rect" && token.Attr[0].Value != "ground" && a.Name.Local == "width" {
					v, _ := strconv.ParseFloat(a.Value, 64)
					lengths = append(lengths, v)
				}
			}
		case xml.CharData:
			texts = append(texts, string(token))
		}
	}
	// The shortest bar comes first, and equal ratios are equal lengths apart: 1x, 2x, 16x.
	if len(lengths) != 3 {
		t.Fatalf("bars are %v", lengths)
	}
	if step := lengths[1] - lengths[0]; math.Abs(lengths[2]-lengths[1]-3*step) > 0.3 {
		t.Errorf("lengths are %v", lengths)
	}
	all := strings.Join(texts, "|")
	for _, want := range []string{"Title", "What it shows", "Hits <in> memory", "slow & sure", "16x", "2.0x"} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in it", want)
		}
	}
	if strings.Contains(all, "absent") {
		t.Error("a row without a bar is in it")
	}
	for _, want := range []string{"prefers-color-scheme: dark", `role="img"`, `<title id="title">`, `<desc id="desc">`} {
		if !bytes.Contains(data, []byte(want)) {
			t.Errorf("%s is not in it", want)
		}
	}
}
