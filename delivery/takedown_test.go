package delivery_test

import (
	"fmt"
	"net/http"
	"slices"
	"testing"

	"github.com/google/uuid"

	"qbank/commands"
	"qbank/delivery"
	"qbank/domain/access"
	"qbank/domain/content"
	"qbank/domain/environment"
	"qbank/domain/lesson"
	"qbank/domain/question"
	"qbank/domain/scoring"
)

// house is an organisation at work, with a student.
type house struct {
	*scene
	org     string
	student client
}

func (s *scene) house(org string) house {
	return house{s, org, s.client(access.Actor{ID: "wang", Roles: []access.Role{access.Student}, Scope: access.Scope{Org: org, Environment: env}})}
}

// as is an actor of the organisation.
func (h house) as(role access.Role) access.Actor {
	return access.Actor{ID: string(role) + " of " + h.org, Roles: []access.Role{role}, Scope: access.Scope{Org: h.org, Environment: env}}
}

// has publishes a question, and returns it with its only version's public view.
func (h house) has(doc any) (question.ID, content.Hash) {
	h.t.Helper()
	id := uuid.New()
	h.do(h.as(access.Author), commands.CreateQuestion{ID: id, Type: choiceType, Content: doc})
	h.do(h.as(access.Author), commands.SubmitQuestion{Question: id, Revision: commands.Anything})
	h.do(h.as(access.Reviewer), commands.ApproveQuestion{Question: id, Revision: commands.Anything, Hash: content.HashOf(doc)})
	h.wait(h.do(h.as(access.Releaser), commands.PublishQuestion{Question: id, Revision: commands.Anything, Kind: question.Revision}))
	place, err := h.Commands.Live.Place(h.t.Context(), id, 1)
	if err != nil {
		h.t.Fatal(err)
	}
	return id, place.Public
}

// gives releases a lesson of these questions.
func (h house) gives(questions ...question.ID) lesson.ID {
	h.t.Helper()
	plan := lesson.Plan{Title: "Of " + h.org, Reveal: lesson.AfterFinish}
	for i, id := range questions {
		plan.Items = append(plan.Items, lesson.Item{Slot: lesson.Slot(fmt.Sprint("q", i)), Question: id, Max: scoring.OneMark})
	}
	id := uuid.New()
	h.do(h.as(access.Author), commands.CreateLesson{ID: id, Plan: plan})
	h.do(h.as(access.Releaser), commands.PublishLesson{Lesson: id, Revision: commands.Anything})
	h.wait(h.do(h.as(access.Releaser), commands.ReleaseLesson{Environment: environment.Name(env), Lesson: id}))
	return id
}

func (h house) takesDown(id question.ID) uuid.UUID {
	h.t.Helper()
	done := h.do(h.as(access.Releaser), commands.TakeDown{Question: id, Everywhere: true, Reason: "wrong"})
	h.seen(done)
	return done.ID
}

// buried are the views that the student's device is told to forget.
func (h house) buried() (list []content.Hash) {
	h.t.Helper()
	for _, t := range decode[struct{ Tombstones []delivery.Tombstone }](h.student.get("/v1/tombstones").is(http.StatusOK)).Tombstones {
		list = append(list, content.Hash(t.SHA256))
	}
	return list
}

// sees holds what a student is served under a hash against what is wanted, and against the list of what is gone.
func (h house) sees(view content.Hash, status int) {
	h.t.Helper()
	r := h.student.get("/v1/blobs/" + string(view)).is(status)
	if status == http.StatusGone {
		r.refused(status, "blob.taken_down")
	}
	if slices.Contains(h.buried(), view) != (status == http.StatusGone) {
		h.t.Errorf("%s: the answer is %d, and buried are %v", h.org, status, h.buried())
	}
}

// Two companies have written the same question, to the byte. What one of them takes down is gone for its own students and stands for the other's.
func TestATakedownIsOfOneOrganisationAndDecidedByNoOther(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ours, theirs, below, strangers := s.house(school), s.house("other"), s.house(school+"/math"), s.house("third")
	same := choice("The same to the byte?", "b")
	our, view := ours.has(same)
	their, twin := theirs.has(same)
	if view != twin {
		t.Fatal("the two have different views")
	}
	strangers.has(same) // and gives it to nobody
	ours.gives(our)
	theirs.gives(their)

	down := ours.takesDown(our)
	ours.sees(view, http.StatusGone)
	below.sees(view, http.StatusGone)
	theirs.sees(view, http.StatusOK)
	strangers.sees(view, http.StatusNotFound)
	if len(ours.buried()) != 1 || len(theirs.buried()) != 0 {
		t.Errorf("buried are %v and %v", ours.buried(), theirs.buried())
	}

	theirs.takesDown(their)
	theirs.sees(view, http.StatusGone)
	s.seen(s.do(ours.as(access.Releaser), commands.LiftTakedown{Question: our, Takedown: down, Reason: "it was right"}))
	ours.sees(view, http.StatusOK)
	theirs.sees(view, http.StatusGone)
	strangers.sees(view, http.StatusNotFound)
}

// A copy that no student was given shows the view to nobody. One that is live in the same organisation does.
func TestACopyThatWasNeverGivenProtectsNothing(t *testing.T) {
	t.Parallel()
	s := newScene(t)
	ours := s.house(school)
	same := choice("Copied?", "b")
	first, view := ours.has(same)
	copied, _ := ours.has(same)
	ours.gives(first)
	ours.takesDown(first)
	ours.sees(view, http.StatusGone)

	m := decode[manifest](ours.student.get(manifestPath(ours.gives(first, copied))).is(http.StatusOK))
	if len(m.Items) != 1 || m.Items[0].Question != copied {
		t.Fatalf("the manifest has %+v", m.Items)
	}
	s.eventually(func() bool { return ours.student.get(m.Items[0].Source).status == http.StatusOK })
	ours.sees(view, http.StatusOK)
	ours.takesDown(copied)
	ours.sees(view, http.StatusGone)
}
