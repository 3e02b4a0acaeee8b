package graphql

import (
	gql "github.com/graphql-go/graphql"

	"qbank/commands"
	people "qbank/domain/roster"
)

func (s *schema) erasureMutations() []mutation {
	erased := payload("ErasePersonPayload", "What the erasing of a person came to.")
	return []mutation{{name: "erasePerson", of: erased, needs: commands.ErasePerson{}.Needs(),
		about: "Deletes what is known of a person, for ever: name and contacts, sign-ins, devices, and the key without which nobody can read what the person wrote in own words. Done again, it does what is left.",
		input: inputs{"person": must(gql.String, "Opaque id, or what the student's tokens say."), "reason": must(gql.String, "Why. It is kept: name nobody.")},
		do: func(c call, a args) (*outcome, error) {
			return c.carry(commands.ErasePerson{Person: people.PersonOf(a.text("person")), Reason: a.text("reason")})
		}}}
}
