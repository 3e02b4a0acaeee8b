package commands

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"qbank/domain/environment"
	"qbank/domain/fault"
	"qbank/domain/golive"
	"qbank/domain/qtype"
)

// engineOf is which versions of the runtime a type supports, such as ">=1.0 <2.0"; "": any.
func engineOf(typ *qtype.Type) string {
	document, _ := typ.Document().(map[string]any)
	runtime, _ := document["runtime"].(map[string]any)
	engine, _ := runtime["engine"].(string)
	return engine
}

// playable refuses versions of questions that the clients of an environment cannot show: those of a type that needs another runtime.
func (w *Work) playable(ctx context.Context, in environment.Declared, frozen []environment.Frozen) error {
	if in.Engine == "" {
		return nil // it is not known what clients have
	}
	supported := map[qtype.Ref]bool{}
	for some := range slices.Chunk(byQuestion(frozen), readAtOnce) {
		ids := make([]uuid.UUID, len(some))
		for i, f := range some {
			ids[i] = f[0].Question
		}
		streams, err := w.Log.ReadStreams(ctx, ids)
		if err != nil {
			return fmt.Errorf("read questions: %w", err)
		}
		for _, of := range some {
			published, err := w.publications(streams[of[0].Question])
			if err != nil {
				return err
			}
			for _, p := range published {
				at := slices.IndexFunc(of, func(f environment.Frozen) bool { return f.Version == p.Version })
				if _, known := supported[p.Type]; at < 0 || known {
					continue
				}
				typ, err := w.Types.Type(ctx, p.Type)
				if err != nil {
					return err
				}
				needs := engineOf(typ)
				if supported[p.Type] = needs == "" || golive.Supports(needs, in.Engine); !supported[p.Type] {
					return fault.Refuse(fault.Conflict, "release.engine", fault.Say(
						"the type %s of the question at %q needs a runtime %s; clients in the environment %s have %s",
						"位置 %[2]q 的题型 %[1]s 需要运行时 %[3]s，环境 %[4]s 的客户端为 %[5]s", p.Type, of[at].Slot, needs, in.Name, in.Engine)).With("question", of[at].Question.String())
				}
			}
		}
	}
	return nil
}

// byQuestion puts places with the same question together, in the order of their first ones: a question that is in many lessons is read once.
func byQuestion(frozen []environment.Frozen) [][]environment.Frozen {
	var groups [][]environment.Frozen
	index := map[uuid.UUID]int{}
	for _, f := range frozen {
		at, known := index[f.Question]
		if !known {
			at = len(groups)
			index[f.Question], groups = at, append(groups, nil)
		}
		groups[at] = append(groups[at], f)
	}
	return groups
}

// readAtOnce bounds how many histories are in memory together.
const readAtOnce = 200
