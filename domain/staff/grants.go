package staff

import (
	"slices"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
)

// Grant is a role in an organisation.
type Grant struct {
	Org          string             `json:"org"`
	Role         access.Role        `json:"role"`
	Environments []environment.Name `json:"environments,omitempty"`
}

// Grants are all roles of a person, one for each organisation and role.
type Grants []Grant

// Scope is who the person is in an organisation and, unless it is "", an environment. An organisation of "" is the first one that the
// person has a role in. The roles of an organisation hold below it too. Those of an environment are the roles granted for it; an
// environment that no role there was granted for is refused, and so is an organisation without any.
func (g Grants) Scope(id, org string, env environment.Name) (access.Actor, error) {
	if len(g) == 0 {
		return access.Actor{}, noRole()
	}
	if org == "" {
		org = g.Orgs()[0]
	}
	actor := access.Actor{ID: id, Scope: access.Scope{Org: org, Environment: string(env)}, Environments: Texts(g.Environments(org))}
	inside := false
	for _, grant := range g {
		if !access.Covers(grant.Org, org) {
			continue
		}
		inside = true
		if grant.Role.ManagesAccess() {
			actor.Manages = append(actor.Manages, Texts(grant.Environments)...)
		}
		if (env == "" || slices.Contains(grant.Environments, env)) && !slices.Contains(actor.Roles, grant.Role) {
			actor.Roles = append(actor.Roles, grant.Role)
		}
	}
	switch {
	case !inside:
		return access.Actor{}, noRole()
	case len(actor.Roles) == 0:
		return access.Actor{}, noEnvironment(env)
	}
	return actor, access.CheckOrg(org)
}

// Environments lists those that some role in an organisation was granted for.
func (g Grants) Environments(org string) []environment.Name {
	var list []environment.Name
	for _, grant := range g {
		if access.Covers(grant.Org, org) {
			list = append(list, grant.Environments...)
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Orgs lists the organisations that a role was granted in.
func (g Grants) Orgs() []string {
	list := make([]string, len(g))
	for i, grant := range g {
		list[i] = grant.Org
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (g Grants) find(org string, role access.Role) int {
	return slices.IndexFunc(g, func(grant Grant) bool { return grant.Org == org && grant.Role == role })
}

func (g Grants) without(at int) Grants { return slices.Delete(slices.Clone(g), at, at+1) }

// admin reports whether one of the grants makes an admin of an organisation.
func (g Grants) admin(org string) bool {
	return slices.ContainsFunc(g, func(grant Grant) bool { return grant.Role == access.Admin && access.Covers(grant.Org, org) })
}

func noRole() error {
	return fault.Refuse(fault.Denied, "access.no_role", fault.Say("you have no role in this organisation; ask one of its admins for one",
		"您在该组织中没有角色，请联系其管理员授予"))
}

func noEnvironment(env environment.Name) error {
	return fault.Refuse(fault.Denied, "access.environment", fault.Say("none of your roles was granted for the environment %.40q",
		"您的角色不适用于环境 %.40q", string(env)))
}
