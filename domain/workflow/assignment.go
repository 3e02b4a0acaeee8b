package workflow

import (
	"slices"
	"strconv"

	"qbank/domain/access"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// MaxAssigned bounds how many persons a step is assigned to.
const MaxAssigned = 20

// maxPerson bounds the opaque id of a person, in characters.
const maxPerson = 128

// Assignment says that a person is to review at a step.
type Assignment struct {
	Step   string `json:"step"`
	Person string `json:"person"`
	Due    int64  `json:"due,omitempty"` // microseconds since 1970 UTC; 0: whenever
}

// Assign gives a step to persons, each with the roles that they have in the item's organisation. Those who have it already get the new due
// instant. Who could not approve it is refused, and where in /persons that is: "review.own_work" and "review.same_person" as for an approval,
// "review.assignee" for who has no role there ("unknown") and for who has none that the step is for ("role").
func (s Standing) Assign(step string, persons []access.Actor, due int64) ([]Assignment, error) {
	if step == "" {
		waiting, _ := s.Waiting()
		step = waiting.ID
	}
	if err := s.open(step); err != nil {
		return nil, err
	}
	if err := checkPersons(ids(persons)); err != nil {
		return nil, err
	}
	if err := s.mayBeAssigned(step, persons); err != nil {
		return nil, err
	}
	var given []Assignment
	for _, person := range persons {
		a := Assignment{Step: step, Person: person.Person(), Due: due}
		if !slices.Contains(s.Assigned, a) && !slices.Contains(given, a) {
			given = append(given, a)
		}
	}
	if len(s.With(given).of(step)) > MaxAssigned {
		return nil, tooMany()
	}
	return given, nil
}

// mayBeAssigned refuses persons who could not approve at a step.
func (s Standing) mayBeAssigned(step string, persons []access.Actor) error {
	at := slices.IndexFunc(s.Review.Steps, func(r Step) bool { return r.ID == step })
	for i, person := range persons {
		if f := fault.Of(s.unbarred(person.Person(), step)); f != nil {
			f.Problems = append(f.Problems, problem(place(i), "barred", f.Message))
			return f
		}
		message, code := fault.Say("nobody here is known by this id to have a role", "这里没有此人，或此人没有任何角色"), "unknown"
		switch {
		case s.Review.Steps[at].takes(person):
			continue
		case len(person.Roles) > 0:
			message, code = fault.Say("this person has no role that may approve this step", "此人的角色不能审核该步骤"), "role"
		}
		return fault.Refuse(fault.Invalid, "review.assignee", message, problem(place(i), code, message)).With("person", person.ID).With("step", step)
	}
	return nil
}

// place is where a person stands in what was asked.
func place(i int) string { return "/persons/" + strconv.Itoa(i) }

// Claim lets a reviewer take the step that waits, where nobody else was meant to.
func (s Standing) Claim(actor access.Actor) ([]Assignment, error) {
	step, waits := s.Waiting()
	if !waits {
		return nil, s.MayApprove(actor)
	}
	if err := s.eligible(actor, step); err != nil {
		return nil, err
	}
	switch {
	case s.assignedTo(step.ID, actor.Person()):
		return nil, nil
	case step.AssignedOnly:
		return nil, s.MayApprove(actor)
	case len(s.of(step.ID)) >= step.Approvals:
		return nil, fault.Refuse(fault.Conflict, "review.taken", fault.Say("others have taken this review", "该审核已被他人领取")).With("step", step.ID)
	}
	return []Assignment{{Step: step.ID, Person: actor.Person()}}, nil
}

// Unassign takes a step from persons; nobody named takes it from everybody. It returns what ends.
func (s Standing) Unassign(step string, persons []string) ([]Assignment, error) {
	if step == "" {
		waiting, _ := s.Waiting()
		step = waiting.ID
	}
	if len(persons) > 0 {
		if err := checkPersons(persons); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(s.of(step), func(a Assignment) bool {
		return len(persons) > 0 && !slices.Contains(persons, a.Person)
	}), nil
}

// With folds assignments; each person has one of a step, the latest.
func (s Standing) With(given []Assignment) Standing {
	s = s.Without(given)
	s.Assigned = append(slices.Clip(s.Assigned), given...)
	return s
}

// Without folds the end of assignments.
func (s Standing) Without(ended []Assignment) Standing {
	var left []Assignment
	for _, a := range s.Assigned {
		if !slices.ContainsFunc(ended, func(e Assignment) bool { return e.Step == a.Step && e.Person == a.Person }) {
			left = append(left, a)
		}
	}
	s.Assigned = left
	return s
}

// of lists the assignments of a step.
func (s Standing) of(step string) []Assignment {
	var list []Assignment
	for _, a := range s.Assigned {
		if a.Step == step {
			list = append(list, a)
		}
	}
	return list
}

func (s Standing) assignedTo(step, person string) bool {
	return slices.ContainsFunc(s.Assigned, func(a Assignment) bool { return a.Step == step && a.Person == person })
}

// open refuses a step that the review has not, or that is done.
func (s Standing) open(step string) error {
	at := slices.IndexFunc(s.Review.Steps, func(r Step) bool { return r.ID == step })
	if at < 0 || s.Given(step) >= s.Review.Steps[at].Approvals {
		return fault.Refuse(fault.Conflict, "review.step", fault.Say("no step %.40q waits in this review", "本次审核没有待处理的步骤 %.40q", step))
	}
	return nil
}

func ids(persons []access.Actor) []string {
	list := make([]string, len(persons))
	for i, p := range persons {
		list[i] = p.ID
	}
	return list
}

func checkPersons(persons []string) error {
	if len(persons) > MaxAssigned {
		return tooMany()
	}
	var problems []fault.Problem
	if len(persons) == 0 {
		problems = append(problems, problem("/persons", "required", fault.Say("name at least one person", "请至少指定一人")))
	}
	for i, person := range persons {
		problems = append(problems, text.Check(place(i), person, 1, maxPerson)...)
	}
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "review.persons", fault.Say("the persons cannot be assigned", "无法指派这些人"), problems...)
	}
	return nil
}

func tooMany() error {
	return fault.Refuse(fault.Limit, "review.persons", fault.Say("at most %d persons", "最多 %d 人", MaxAssigned)).With("max", MaxAssigned)
}
