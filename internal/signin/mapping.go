package signin

import (
	"bytes"
	"encoding/json"
	"slices"

	"qbank/domain/access"
	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/staff"
)

const (
	maxMappings = 1000
	maxMapping  = 1 << 20 // bytes
)

// Mapping gives roles to those of whom the identity provider claims something: that the claim is the value, or is a list which has it.
type Mapping struct {
	Claim        string             `json:"claim"` // such as "groups"
	Value        string             `json:"value"`
	Org          string             `json:"org"`
	Roles        []access.Role      `json:"roles"`
	Environments []environment.Name `json:"environments,omitempty"`
}

// ParseMappings reads a JSON list of mappings.
func ParseMappings(text []byte) ([]Mapping, error) {
	if len(text) > maxMapping {
		return nil, badMapping(-1, nil)
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	var list []Mapping
	if err := decoder.Decode(&list); err != nil || decoder.More() || len(list) > maxMappings {
		return nil, badMapping(-1, err)
	}
	for i, m := range list {
		err := access.CheckOrg(m.Org)
		for _, role := range m.Roles {
			if err == nil {
				err = access.CheckRole(role)
			}
		}
		if err == nil {
			_, err = staff.CheckEnvironments(m.Environments)
		}
		if err != nil || m.Claim == "" || m.Value == "" || len(m.Roles) == 0 {
			return nil, badMapping(i, err)
		}
	}
	return list, nil
}

func badMapping(i int, err error) error {
	return fault.Refuse(fault.Invalid, "signin.mapping", fault.Say(
		`the mapping of claims cannot be read (entry %d); it looks like [{"claim":"groups","value":"authors","org":"school","roles":["author"],"environments":["dev"]}]`,
		`无法识别声明映射（第 %d 项），应类似 [{"claim":"groups","value":"authors","org":"school","roles":["author"],"environments":["dev"]}]`, i)).Because(err)
}

// grantsOf is what claims are mapped to.
func grantsOf(mappings []Mapping, claims map[string]any) staff.Grants {
	var grants staff.Grants
	for _, m := range mappings {
		if !claimed(claims[m.Claim], m.Value) {
			continue
		}
		for _, role := range m.Roles {
			grants = append(grants, staff.Grant{Org: m.Org, Role: role, Environments: m.Environments})
		}
	}
	return grants
}

func claimed(claim any, value string) bool {
	if list, is := claim.([]any); is {
		return slices.Contains(list, any(value))
	}
	return claim == any(value)
}
