package staff

import (
	"slices"
	"strings"

	"github.com/google/uuid"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/event"
	"qbank/domain/fault"
	"qbank/domain/text"
)

var (
	personSpace = uuid.MustParse("5b1d6c1e-3f0a-5c44-9d61-0a6e2f7b8c11")
	streamSpace = uuid.MustParse("6c2e7d2f-4a1b-5d55-8e72-1b7f308c9d12")
)

// ID is the opaque id of the person whom an identity provider (its issuer URL) calls subject.
func ID(issuer, subject string) uuid.UUID {
	return uuid.NewSHA1(personSpace, []byte(issuer+"\x00"+subject))
}

// Stream is where a person's roles are decided.
func Stream(person uuid.UUID) uuid.UUID { return uuid.NewSHA1(streamSpace, person[:]) }

// The bounds of what a person is granted.
const (
	MaxGrants       = 100
	MaxEnvironments = 20
)

// RoleGranted gives a role in an organisation, for some environments. Granted again, the new environments replace the old ones.
type RoleGranted struct {
	Person       uuid.UUID          `json:"person"`
	Org          string             `json:"org"`
	Role         access.Role        `json:"role"`
	Environments []environment.Name `json:"environments,omitempty"` // none: for what has no environment, such as writing questions
}

// RoleRevoked takes a role away.
type RoleRevoked struct {
	Person uuid.UUID   `json:"person"`
	Org    string      `json:"org"`
	Role   access.Role `json:"role"`
	Reason string      `json:"reason"`
	SeenAt int64       `json:"seen_at,omitempty"` // position of the snapshot that was asked for other admins
}

// Name returns the event's type.
func (RoleGranted) Name() string { return "staff.role_granted" }

// Name returns the event's type.
func (RoleRevoked) Name() string { return "staff.role_revoked" }

// Events defines every event of a person's roles.
var Events = []event.Definition{event.Define[RoleGranted](), event.Define[RoleRevoked]()}

// Person is what somebody may do.
type Person struct {
	Revision int
	Grants   Grants
}

// Grant gives a role. Exactly the same again changes nothing.
func (p Person) Grant(by access.Actor, g RoleGranted) ([]event.Event, error) {
	if err := access.CheckRole(g.Role); err != nil {
		return nil, err
	}
	if err := access.CheckOrg(g.Org); err != nil {
		return nil, err
	}
	if err := by.InPerson(); err != nil {
		return nil, err
	}
	if err := by.MayGive(g.Role, g.Org); err != nil {
		return nil, err
	}
	environments, err := CheckEnvironments(g.Environments)
	if err != nil {
		return nil, err
	}
	at, held := p.Grants.find(g.Org, g.Role), []environment.Name(nil)
	if at >= 0 {
		held = p.Grants[at].Environments
	}
	added := slices.DeleteFunc(slices.Clone(environments), func(name environment.Name) bool { return slices.Contains(held, name) })
	if err := Opens(by, added); err != nil {
		return nil, err
	}
	g.Environments = environments
	switch {
	case at >= 0 && slices.Equal(held, environments):
		return nil, nil
	case at < 0 && len(p.Grants) >= MaxGrants:
		return nil, fault.Refuse(fault.Limit, "staff.too_many_roles", fault.Say("a person has %d roles at most", "每人最多 %d 个角色", MaxGrants))
	}
	return []event.Event{g}, nil
}

// Revoke takes a role away. others says whether somebody else is an admin of the organisation, as a snapshot has it.
func (p Person) Revoke(by access.Actor, r RoleRevoked, others bool) ([]event.Event, error) {
	if err := by.Within(r.Org); err != nil {
		return nil, err
	}
	at := p.Grants.find(r.Org, r.Role)
	if at < 0 {
		return nil, fault.Refuse(fault.NotFound, "staff.no_such_role", fault.Say("the person does not have this role there", "此人在该组织没有这个角色"))
	}
	if err := by.MayGive(r.Role, r.Org); err != nil {
		return nil, err
	}
	if err := text.CheckReason(r.Reason); err != nil {
		return nil, err
	}
	if r.Role == access.Admin && !others && !p.Grants.without(at).admin(r.Org) {
		return nil, fault.Refuse(fault.Conflict, "staff.last_admin", fault.Say(
			"this is the last admin of the organisation; make somebody else one first", "这是该组织的最后一位管理员，请先指定其他管理员"))
	}
	return []event.Event{r}, nil
}

// Leave takes all roles away, wherever they are, and also from the last admin of an organisation: the person is erased.
func (p Person) Leave(person uuid.UUID, reason string) []event.Event {
	events := make([]event.Event, len(p.Grants))
	for i, g := range p.Grants {
		events[i] = RoleRevoked{Person: person, Org: g.Org, Role: g.Role, Reason: reason}
	}
	return events
}

// CheckEnvironments refuses names that are none, and returns them sorted and each once.
func CheckEnvironments(names []environment.Name) ([]environment.Name, error) {
	if len(names) > MaxEnvironments {
		return nil, fault.Refuse(fault.Limit, "staff.too_many_environments", fault.Say("at most %d environments", "最多 %d 个环境", MaxEnvironments))
	}
	for _, name := range names {
		if err := name.Check(); err != nil {
			return nil, err
		}
	}
	sorted := slices.Sorted(slices.Values(names))
	return slices.Compact(sorted), nil
}

// Opens refuses environments that are not the actor's to give to others.
func Opens(by access.Actor, names []environment.Name) error {
	for _, name := range names {
		if err := by.MayOpen(string(name)); err != nil {
			return err
		}
	}
	return nil
}

// Texts are the names of environments, as actors have them.
func Texts(names []environment.Name) []string {
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	return texts
}

// Apply folds one event.
func (p Person) Apply(e event.Event) Person {
	p.Revision++
	switch e := e.(type) {
	case RoleGranted:
		g := Grant{Org: e.Org, Role: e.Role, Environments: e.Environments}
		if at := p.Grants.find(e.Org, e.Role); at >= 0 {
			p.Grants = p.Grants.without(at)
		}
		p.Grants = append(slices.Clone(p.Grants), g)
		slices.SortFunc(p.Grants, func(a, b Grant) int {
			if a.Org != b.Org {
				return strings.Compare(a.Org, b.Org)
			}
			return strings.Compare(string(a.Role), string(b.Role))
		})
	case RoleRevoked:
		if at := p.Grants.find(e.Org, e.Role); at >= 0 {
			p.Grants = p.Grants.without(at)
		}
	}
	return p
}
