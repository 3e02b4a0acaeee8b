package targeting

import (
	"strconv"
	"strings"
	"sync"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/ext"

	"qbank/domain/fault"
)

// Bounds on conditions. Costs are CEL's own units, which do not depend on the machine or the clock.
const (
	MaxRuleBytes = 4096
	maxCost      = 20_000 // worst case over a context that is as large as it may be: a list of classes walked once for each of two others is too much
)

// Rule is a compiled condition. It is safe for concurrent use.
type Rule struct {
	program cel.Program
	roster  bool
}

// environment is the language: CEL's standard, sets, and versions of apps.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	options := []cel.EnvOption{
		ext.Sets(), cel.ParserRecursionLimit(50), cel.ParserExpressionSizeLimit(MaxRuleBytes),
		cel.Function("atLeast", cel.MemberOverload("version_at_least", []*cel.Type{cel.StringType, cel.StringType}, cel.BoolType,
			cel.BinaryBinding(func(version, least ref.Val) ref.Val {
				return types.Bool(atLeast(string(version.(types.String)), string(least.(types.String))))
			}))),
	}
	for name, f := range facts {
		options = append(options, cel.Variable(name, f.kind))
	}
	return cel.NewEnv(options...)
})

// CompileRule compiles a condition: a CEL expression over the facts of a context, by their names in lower case, that is true or false. The
// problem's pointer is "".
func CompileRule(source string) (*Rule, *fault.Problem) {
	refuse := func(code string, message fault.Text) (*Rule, *fault.Problem) {
		return nil, &fault.Problem{Code: code, Message: message}
	}
	if len(source) > MaxRuleBytes {
		return refuse("cel.too_long", fault.Say("the condition has more than %d bytes", "条件超过 %d 字节", MaxRuleBytes))
	}
	env, err := environment()
	if err != nil {
		return refuse("cel.environment", fault.Say("conditions cannot be compiled: %v", "无法编译条件：%v", err))
	}
	compiled, issues := env.Compile(source)
	if issues.Err() != nil {
		at := issues.Errors()[0].Location
		return refuse("cel.syntax", fault.Say("the condition is not valid at %d:%d; correct it there: %v", "条件在第 %d 行第 %d 列有误，请在此处修正：%v",
			at.Line(), at.Column()+1, issues.Err()))
	}
	if !compiled.OutputType().IsExactType(cel.BoolType) {
		return refuse("cel.type", fault.Say("the condition gives %s; it must be true or false", "条件的结果是 %s，应为真或假", compiled.OutputType()))
	}
	estimate, err := env.EstimateCost(compiled, largest{})
	if err != nil || estimate.Max > maxCost {
		return refuse("cel.cost", fault.Say("the condition may cost %d, the limit is %d; nest fewer loops", "条件代价可达 %d，上限 %d；请减少嵌套循环",
			estimate.Max, uint64(maxCost)))
	}
	program, err := env.Program(compiled, cel.CostLimit(maxCost), cel.EvalOptions(cel.OptOptimize))
	if err != nil {
		return refuse("cel.program", fault.Say("the condition cannot be prepared: %v", "无法准备条件：%v", err))
	}
	return &Rule{program: program, roster: usesRoster(compiled.NativeRep())}, nil
}

// Matches reports whether the condition holds. A condition that fails does not.
func (r *Rule) Matches(c *Context) bool {
	value, _, err := r.program.Eval(c)
	return err == nil && value == types.True
}

// Roster reports whether the condition asks for what only the organisation's roster knows.
func (r *Rule) Roster() bool { return r.roster }

func usesRoster(compiled *ast.AST) bool {
	for _, reference := range compiled.ReferenceMap() {
		if facts[reference.Name].roster {
			return true
		}
	}
	return false
}

// largest tells the estimator how large a context may be.
type largest struct{}

func (largest) EstimateSize(node cost.AstNode) *cost.SizeEstimate {
	if node.Type() != nil && node.Type().Kind() == types.ListKind {
		return &cost.SizeEstimate{Max: MaxFacts}
	}
	return &cost.SizeEstimate{Max: MaxFact}
}

func (largest) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

// atLeast compares versions number by number: 5.10 is at least 5.9, and 5 is at least 5.0. What is no version where it matters is not.
func atLeast(version, least string) bool {
	for version != "" || least != "" {
		mine, rest, ok := leading(version)
		theirs, bound, known := leading(least)
		if !ok || !known {
			return false
		}
		if mine != theirs {
			return mine > theirs
		}
		version, least = rest, bound
	}
	return true
}

// leading takes the first number off a version; of nothing it is 0.
func leading(version string) (number uint64, rest string, ok bool) {
	if version == "" {
		return 0, "", true
	}
	first, rest, more := strings.Cut(version, ".")
	number, err := strconv.ParseUint(first, 10, 32)
	return number, rest, err == nil && (!more || rest != "")
}
