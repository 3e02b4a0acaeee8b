package environment

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

// The bounds of a registry.
const (
	maxEnvironments = 50 // the built-in ones included
	maxLocales      = 20
	maxLocale       = 35 // characters, as of BCP 47
	maxEngine       = 50
)

// Declared is what an organisation says about an environment.
type Declared struct {
	Name         Name     `json:"name"`
	Title        string   `json:"title"`
	Next         Name     `json:"next,omitempty"`          // where what is live here is promoted to; "": nowhere
	SecondPerson bool     `json:"second_person,omitempty"` // nobody makes all students get what the same person planned
	Locales      []string `json:"locales,omitempty"`       // that students read: what goes live should be there in all of them
	Engine       string   `json:"engine,omitempty"`        // oldest version of the runtime that clients have here, such as "5.2.0"; "": it is not known
}

// builtIn are the environments that every organisation has from the first day.
var builtIn = []Declared{
	{Name: "dev", Title: "Development", Next: "test"}, {Name: "test", Title: "Test", Next: "staging"},
	{Name: "staging", Title: "Staging", Next: "prod"}, {Name: "prod", Title: "Production"},
}

// BuiltIn reports whether every organisation has an environment from the first day, and for ever.
func (n Name) BuiltIn() bool {
	return slices.ContainsFunc(builtIn, func(d Declared) bool { return d.Name == n })
}

// registrySpace makes the ids of registries.
var registrySpace = uuid.MustParse("b3f2a7c4-5a0d-5c57-9d0e-0f3b1e7c6a58")

// Root is the uppermost of the organisations that one belongs to: environments are declared there.
func Root(org string) string {
	root, _, _ := strings.Cut(org, "/")
	return root
}

// RegistryOf is the stream of the registry that holds for an organisation.
func RegistryOf(org string) uuid.UUID { return uuid.NewSHA1(registrySpace, []byte(Root(org))) }

// Registry is which environments an organisation has. The zero Registry has the built-in ones.
type Registry struct {
	Revision int
	declared map[Name]entry // what was said of them; the built-in ones are missing until something is
}

type entry struct {
	Declared
	retired bool
	maker   string // the person who created it first; "": nobody did, or it was not kept
}

// All lists the environments that are not retired: the built-in ones first, in the order of the chain, then the others by name.
func (r Registry) All() []Declared {
	var all []Declared
	for _, b := range builtIn {
		d, _ := r.Find(b.Name)
		all = append(all, d)
	}
	for _, name := range slices.Sorted(maps.Keys(r.declared)) {
		if e := r.declared[name]; !name.BuiltIn() && !e.retired {
			all = append(all, e.Declared)
		}
	}
	return all
}

// Find looks an environment up. One that is retired is not found.
func (r Registry) Find(name Name) (Declared, bool) {
	if e, said := r.declared[name]; said {
		return e.Declared, !e.retired
	}
	for _, b := range builtIn {
		if b.Name == name {
			return b, true
		}
	}
	return Declared{}, false
}

// Open returns an environment that takes releases, sessions and attempts; others are the faults "environment.unknown" and
// "environment.retired".
func (r Registry) Open(name Name) (Declared, error) {
	d, found := r.Find(name)
	switch {
	case found:
		return d, nil
	case r.declared[name].retired:
		return d, fault.Refuse(fault.Conflict, "environment.retired", fault.Say("the environment %s is retired: nothing new begins in it", "环境 %s 已停用，不再接受新内容", name))
	}
	return d, Unknown(name)
}

// Unknown refuses an environment that does not exist.
func Unknown(name Name) error {
	return fault.Refuse(fault.NotFound, "environment.unknown", fault.Say("there is no environment %.40q; it can be created", "没有环境 %.40q，可先创建", string(name)))
}

// MadeBy reports whether a person created an environment. Nobody else has it at first, so it is theirs to give to others; to have back what was retired
// is not to create it.
func (r Registry) MadeBy(name Name, person string) bool {
	return person != "" && r.declared[name].maker == person
}

// Create declares a new environment. A name that was retired is taken: what was live there would be live again, and nobody would have said so.
func (r Registry) Create(by access.Actor, d Declared) ([]event.Event, error) {
	if err := d.Name.Check(); err != nil {
		return nil, err
	}
	if _, there := r.Find(d.Name); there {
		return nil, fault.Refuse(fault.Conflict, "environment.exists", fault.Say("there is an environment of this name already", "该名称的环境已存在"))
	}
	if r.declared[d.Name].retired {
		return nil, fault.Refuse(fault.Conflict, "environment.was_retired", fault.Say("an environment of this name was retired: revive it, with what is live in it, or take another name",
			"该名称的环境已停用：请恢复它（其中已上线的内容会一并恢复），或换一个名称"))
	}
	if err := r.room(); err != nil {
		return nil, err
	}
	if err := r.check(d); err != nil {
		return nil, err
	}
	return []event.Event{Created{Says: d, By: by.Person()}}, nil
}

// room refuses one environment more where there are enough.
func (r Registry) room() error {
	if len(r.All()) < maxEnvironments {
		return nil
	}
	return fault.Refuse(fault.Limit, "environment.too_many", fault.Say("at most %d environments; retire one first", "最多 %d 个环境，请先停用一个", maxEnvironments))
}

// Describe says something else about an environment. The same again changes nothing. To ask for less is for those who act in that environment.
func (r Registry) Describe(by access.Actor, d Declared) ([]event.Event, error) {
	had, there := r.Find(d.Name)
	if !there {
		return nil, Unknown(d.Name)
	}
	if err := r.check(d); err != nil || same(had, d) {
		return nil, err
	}
	if had.lessens(d) {
		if err := d.Name.here(by); err != nil {
			return nil, err
		}
	}
	return []event.Event{Described{Says: d}}, nil
}

// Retire closes an environment, for those who act in it: nothing new begins in it, what is under way goes on. The built-in ones, and those that others
// lead to, stay.
func (r Registry) Retire(by access.Actor, name Name, reason string) ([]event.Event, error) {
	if r.declared[name].retired {
		return nil, nil
	}
	if _, there := r.Find(name); !there {
		return nil, Unknown(name)
	}
	if name.BuiltIn() {
		return nil, fault.Refuse(fault.Conflict, "environment.built_in", fault.Say("dev, test, staging and prod are always there", "dev、test、staging、prod 不能停用"))
	}
	if err := name.here(by); err != nil {
		return nil, err
	}
	for _, d := range r.All() {
		if d.Next == name {
			return nil, fault.Refuse(fault.Conflict, "environment.next", fault.Say("%s leads to this environment; let it lead elsewhere first", "环境 %s 以它为下一站，请先修改",
				d.Name)).With("environment", string(d.Name))
		}
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{RetiredEnvironment{Environment: name, Reason: reason}}, nil
}

// Revive has an environment back that was retired, as it was, for those who act in it. One that is there already stays as it is.
func (r Registry) Revive(by access.Actor, name Name, reason string) ([]event.Event, error) {
	d, there := r.Find(name)
	if there {
		return nil, nil
	}
	if !r.declared[name].retired {
		return nil, Unknown(name)
	}
	if err := name.here(by); err != nil {
		return nil, err
	}
	if _, there := r.Find(d.Next); d.Next != "" && !there {
		return nil, fault.Refuse(fault.Conflict, "environment.next_retired", fault.Say("it leads to %s, which is retired too; revive that first", "它的下一站环境 %s 也已停用，请先恢复",
			d.Next)).With("environment", string(d.Next))
	}
	if err := r.room(); err != nil {
		return nil, err
	}
	if err := text.CheckReason(reason); err != nil {
		return nil, err
	}
	return []event.Event{RevivedEnvironment{Environment: name, Reason: reason}}, nil
}

// Apply folds one event.
func (r Registry) Apply(e event.Event) Registry {
	r.Revision++
	r.declared = maps.Clone(r.declared)
	if r.declared == nil {
		r.declared = map[Name]entry{}
	}
	switch e := e.(type) {
	case Created:
		had, again := r.declared[e.Says.Name]
		if !again {
			had.maker = e.By
		}
		r.declared[e.Says.Name] = entry{Declared: e.Says, maker: had.maker}
	case Described:
		r.declared[e.Says.Name] = entry{Declared: e.Says, maker: r.declared[e.Says.Name].maker}
	case RetiredEnvironment:
		had := r.declared[e.Environment]
		had.retired = true
		r.declared[e.Environment] = had
	case RevivedEnvironment:
		had := r.declared[e.Environment]
		had.retired = false
		r.declared[e.Environment] = had
	}
	return r
}

// check lists what is wrong with a declaration.
func (r Registry) check(d Declared) error {
	problems := text.Check("/title", d.Title, 1, text.Title)
	wrong := func(pointer, code string, message fault.Text) {
		problems = append(problems, fault.Problem{Pointer: pointer, Code: code, Message: message})
	}
	if d.Next != "" {
		if _, there := r.Find(d.Next); !there && d.Next != d.Name {
			wrong("/next", "unknown", fault.Say("there is no such environment", "没有这个环境"))
		} else if r.leads(d.Next, d.Name) {
			wrong("/next", "cycle", fault.Say("the chain would lead back to this environment", "晋级链会回到本环境"))
		}
	}
	if len(d.Locales) > maxLocales {
		wrong("/locales", "max_items", fault.Say("at most %d", "最多 %d 个", maxLocales))
	} else {
		for i, locale := range d.Locales {
			problems = append(problems, text.Check("/locales/"+strconv.Itoa(i), locale, 1, maxLocale)...)
		}
	}
	problems = append(problems, text.Check("/engine", d.Engine, 0, maxEngine)...)
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "environment.invalid", fault.Say("the environment is not valid", "环境设置无效"), problems...)
	}
	return nil
}

// lessens reports whether another declaration asks for less: no second person any more, a language less, another engine than the oldest that
// clients were said to have.
func (d Declared) lessens(now Declared) bool {
	return d.SecondPerson && !now.SecondPerson || d.Engine != "" && d.Engine != now.Engine ||
		slices.ContainsFunc(d.Locales, func(locale string) bool { return !slices.Contains(now.Locales, locale) })
}

// here refuses who acts elsewhere: an environment is weakened by its own people alone.
func (n Name) here(by access.Actor) error {
	if by.Scope.Environment == string(n) {
		return nil
	}
	return fault.Refuse(fault.Denied, "environment.elsewhere", fault.Say("%s is weakened, retired or revived by those who act in it: with a token of it, or the header Qbank-Environment",
		"只有在环境 %s 中操作的人才能放宽、停用或恢复它：请使用该环境的令牌，或设置请求头 Qbank-Environment", n)).With("environment", string(n))
}

// leads reports whether the chain from one environment comes to another. Chains have no cycles, so it ends.
func (r Registry) leads(from, to Name) bool {
	for name := from; name != ""; {
		if name == to {
			return true
		}
		d, _ := r.Find(name)
		name = d.Next
	}
	return false
}

func same(a, b Declared) bool {
	return a.Name == b.Name && a.Title == b.Title && a.Next == b.Next && a.SecondPerson == b.SecondPerson && slices.Equal(a.Locales, b.Locales) && a.Engine == b.Engine
}

// Created declares an environment.
type Created struct {
	Says Declared `json:"says"`
	By   string   `json:"by,omitempty"` // opaque id of the person; missing in what was created before that counted
}

// Described says something else about one.
type Described struct {
	Says Declared `json:"says"`
}

// RetiredEnvironment closes one.
type RetiredEnvironment struct {
	Environment Name   `json:"environment"`
	Reason      string `json:"reason"`
}

// RevivedEnvironment has one back that was retired.
type RevivedEnvironment struct {
	Environment Name   `json:"environment"`
	Reason      string `json:"reason"`
}

// Name returns the event's type.
func (Created) Name() string { return "environment.created" }

// Name returns the event's type.
func (Described) Name() string { return "environment.described" }

// Name returns the event's type.
func (RetiredEnvironment) Name() string { return "environment.retired" }

// Name returns the event's type.
func (RevivedEnvironment) Name() string { return "environment.revived" }

// RegistryEvents defines every event of a registry.
var RegistryEvents = []event.Definition{event.Define[Created](), event.Define[Described](), event.Define[RetiredEnvironment](), event.Define[RevivedEnvironment]()}
