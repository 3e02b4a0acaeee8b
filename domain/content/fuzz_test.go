package content_test

import (
	"bytes"
	"testing"

	"github.com/gowebpki/jcs"

	"qbank/domain/content"
	"qbank/domain/fault"
)

// FuzzDecode: what is accepted is written canonically as another implementation of RFC 8785 writes it, and read back as
// the same document; what is refused says why.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		`{}`, `[]`, `null`, `{"b":1,"a":[true,false,null,"x"]}`, `1e21`, `1e-7`, `-0`, `123456789012`, `0.000001`, `5e-324`,
		`"\u20ac\u000f\u000aA'\u0042\u0022\u005c\\\"\/"`, `{"\ud83d\ude02":1,"\ufb33":2,"\r":3,"é":4}`, `"\ud800"`, `"\u0000"`, "\"\xff\"",
		`{"a":1,"a":2}`, `9007199254740993`, `[1,2`, `1 2`, `{"a":}`, `[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		document, err := content.Decode(data, content.Limits{})
		if err != nil {
			if fault.Of(err) == nil {
				t.Fatalf("the refusal is not a fault: %v", err)
			}
			return
		}
		canonical := content.Canonical(document)
		again, err := content.Decode(canonical, content.Limits{Bytes: 8 << 20, Depth: 32, Nodes: 50_000})
		if err != nil || !content.Equal(document, again) {
			t.Fatalf("%s is read back as %v, %v", canonical, again, err)
		}
		if !bytes.Equal(canonical, content.Canonical(again)) {
			t.Fatalf("%s is not stable", canonical)
		}
		// The other implementation reads objects and arrays only.
		other, err := jcs.Transform(append(append([]byte("["), data...), ']'))
		if err != nil {
			t.Skip()
		}
		if want := append(append([]byte("["), canonical...), ']'); !bytes.Equal(other, want) {
			t.Fatalf("%q is %s here and %s there", data, want, other)
		}
	})
}

// FuzzDecodeAgreesWithReference: the same documents are accepted, and mean the same.
func FuzzDecodeAgreesWithReference(f *testing.F) {
	for _, seed := range []string{
		`{"key":"k-1","slot":"q1","response":{"choice":"a"},"event_mono":81240,"sent_mono":81300.5}`, `[1,]`, `[,1]`, `{"a":1,}`, `{"a" 1}`, `{1:2}`,
		`[01]`, `[-]`, `[1.]`, `[.5]`, `[1e]`, `[1e+]`, `-0`, `1E400`, `"\ud83d\ude02"`, `"\ude02\ud83d"`, `"\ud83d\u0041"`, `"\x"`, `"\u12"`, "\"\x01\"", "\"\x00\"",
		"\"\x7f\"", `tru`, `truex`, `[true false]`, ` {"a":{}, "b":[ ]} `, `{"a":1,"\u0061":2}`, `"`, `"\`, `{`, `[`, ``, " ", `[1}`, `nulll`, "\xef\xbb\xbf{}", `[[[[]]]]`,
		`9007199254740993`, `9007199254740992`, `100000000000000000000`, `"\/\b\f\n\r\t"`, `{"":{"":[0]}}`,
	} {
		f.Add([]byte(seed))
	}
	limits := content.Limits{Bytes: 1 << 16, Depth: 3, Nodes: 12}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := content.Decode(data, limits)
		want, wanted := reference(data, limits)
		if (err == nil) != (wanted == nil) || !content.Equal(got, want) {
			t.Fatalf("%q is %v, %v here and %v, %v there", data, got, err, want, wanted)
		}
	})
}
