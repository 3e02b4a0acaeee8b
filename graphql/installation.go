package graphql

import (
	"qbank/domain/access"
	"qbank/domain/fault"
)

// runsThis refuses everybody but administrators of the organisation that runs the installation: of what belongs to no organisation, one must not learn what
// another does.
func (r *request) runsThis() error {
	if r.RootOrg != "" && r.actor.Scope.Org == r.RootOrg && r.actor.Can(access.ManageAccess) {
		return nil
	}
	return fault.Refuse(fault.Denied, "access.installation", fault.Say("this is for administrators of the organisation that runs the installation",
		"仅限本系统运营组织的管理员"))
}
