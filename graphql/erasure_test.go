package graphql_test

import (
	"strings"
	"testing"

	"qbank/domain/access"
	"qbank/domain/roster"
)

// One student who is erased does not keep a teacher from the others' work, nor from the marks.
func TestAnErasedStudentsAttemptsAreListed(t *testing.T) {
	t.Parallel()
	h := teach(t)
	teacher := h.as(t, access.Teacher)
	for i, note := range []string{mark + " well said", mark + " not so well"} {
		teacher.ask(`mutation($i: GradeAnswerInput!) { gradeAnswer(input: $i) { attempt { items { answer { grade { note } } } } } }`,
			vars{"i": vars{"attempt": h.attempts[i], "slot": "b", "key": "k2", "mark": 1, "note": note}}).is(map[string]any{"gradeAnswer.attempt.items.1.answer.grade.note": note})
	}
	attempts := func(position int) answer {
		return teacher.ask(`query($l: ID, $at: Long) { attempts(lesson: $l, at: $at, finished: true) { totalCount nodes { total student { erased }
			items { answer { response erased mark grade { mark by note } } } } } }`, vars{"l": h.lesson, "at": position})
	}
	attempts(h.position).is(map[string]any{
		"attempts.totalCount": 3, "attempts.nodes.2.items.1.answer.response.text": mark + " because", "attempts.nodes.2.items.1.answer.erased": false,
		"attempts.nodes.2.student.erased": false, "attempts.nodes.2.items.1.answer.grade.note": mark + " well said",
	})

	erased := h.as(t, access.Admin).ask(`mutation($i: ErasePersonInput!) { erasePerson(input: $i) { position } }`,
		vars{"i": vars{"person": roster.PersonID("school", "n1").String(), "reason": "asked for it"}})
	after := attempts(erased.number("erasePerson.position"))
	after.is(map[string]any{
		"attempts.totalCount": 3, "attempts.nodes.2.student.erased": true, "attempts.nodes.2.items.0.answer.erased": false, "attempts.nodes.2.items.0.answer.mark": 2,
		"attempts.nodes.2.items.1.answer.response": nil, "attempts.nodes.2.items.1.answer.erased": true, "attempts.nodes.2.items.1.answer.mark": 1,
		"attempts.nodes.2.items.1.answer.grade.note": nil, "attempts.nodes.2.items.1.answer.grade.by": "school-teacher", "attempts.nodes.2.total": 3,
		"attempts.nodes.1.items.1.answer.response.text": mark + " because", "attempts.nodes.1.items.1.answer.grade.note": mark + " not so well",
	})
	if strings.Contains(after.raw, "well said") {
		t.Error(after.raw)
	}

	again := h.as(t, access.Admin).ask(`mutation($i: ErasePersonInput!) { erasePerson(input: $i) { position } }`,
		vars{"i": vars{"person": roster.PersonID("school", "n3").String(), "reason": "asked for it"}})
	teacher.ask(`query($l: ID, $at: Long) { pendingAnswers(lesson: $l, at: $at) { nodes { response student { erased } } } }`, vars{"l": h.lesson, "at": again.number("erasePerson.position")}).
		is(map[string]any{"pendingAnswers.nodes.0.response": nil, "pendingAnswers.nodes.0.student.erased": true})
}
