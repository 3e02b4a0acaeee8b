package schemas_test

import (
	"testing"

	"qbank/domain/content"
	"qbank/domain/qtype"
)

// answered is a question and a response, as the hot path of an answer sees them.
var answered = []struct{ id, file, response string }{
	{"single-choice", "four-options.good.json", `{"choice":"b"}`},
	{"multiple-choice", "weights.good.json", `{"choices":["a","b","d"]}`},
	{"true-false", "true.good.json", `{"value":true}`},
	{"matching", "capitals.good.json", `{"pairs":[{"premise":"fr","target":"p"},{"premise":"jp","target":"t"},{"premise":"br","target":"b"}]}`},
	{"short-text", "several.good.json", `{"text":"Michelangelo Buonarroti"}`},
	{"numeric", "speed-of-light.good.json", `{"value":"299,792,458 m/s"}`},
}

func prepare(b *testing.B, id, file, response string) (q *qtype.Type, public, answer any, scorer qtype.Scorer) {
	b.Helper()
	for _, t := range builtIn(b) {
		if t.Ref().ID == id {
			q = t
		}
	}
	data, err := testdata.ReadFile("types/" + id + "/" + q.Ref().Version + "/testdata/" + file)
	if err != nil {
		b.Fatal(err)
	}
	document, err := content.Decode(data, content.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	doc := document.(map[string]any)["content"]
	if answer, err = content.Decode([]byte(response), content.Limits{}); err != nil {
		b.Fatal(err)
	}
	if scorer, err = q.Scorer(doc); err != nil {
		b.Fatal(err)
	}
	public, _ = q.Split(doc)
	return q, public, answer, scorer
}

func BenchmarkCheckResponse(b *testing.B) {
	for _, a := range answered {
		q, public, answer, _ := prepare(b, a.id, a.file, a.response)
		b.Run(a.id, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if problems := q.CheckResponse(public, answer); problems != nil {
					b.Fatal(problems)
				}
			}
		})
	}
}

func BenchmarkScore(b *testing.B) {
	for _, a := range answered {
		_, _, answer, scorer := prepare(b, a.id, a.file, a.response)
		b.Run(a.id, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := scorer.Score(answer); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
