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
	"qbank/domain/question"
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
	for some := range slices.Chunk(frozen, readAtOnce) {
		ids := make([]uuid.UUID, len(some))
		for i, f := range some {
			ids[i] = f.Question
		}
		streams, err := w.Log.ReadStreams(ctx, ids)
		if err != nil {
			return fmt.Errorf("read questions: %w", err)
		}
		for _, f := range some {
			for _, r := range streams[f.Question] {
				if r.Type != (question.Published{}).Name() {
					continue
				}
				e, err := w.Codec.Decode(r.Type, r.SchemaVersion, r.Data)
				if err != nil {
					return err
				}
				published := e.(question.Published)
				if _, known := supported[published.Type]; published.Version != f.Version || known {
					continue
				}
				typ, err := w.Types.Type(ctx, published.Type)
				if err != nil {
					return err
				}
				needs := engineOf(typ)
				if supported[published.Type] = needs == "" || golive.Supports(needs, in.Engine); !supported[published.Type] {
					return fault.Refuse(fault.Conflict, "release.engine", fault.Say(
						"the type %s of the question at %q needs a runtime %s; clients in the environment %s have %s",
						"位置 %[2]q 的题型 %[1]s 需要运行时 %[3]s，环境 %[4]s 的客户端为 %[5]s", published.Type, f.Slot, needs, in.Name, in.Engine)).With("question", f.Question.String())
				}
			}
		}
	}
	return nil
}

// readAtOnce bounds how many histories are in memory together.
const readAtOnce = 200
