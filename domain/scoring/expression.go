package scoring

import (
	"fmt"
	"math"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/cost"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
	"cel.dev/cel-go/common/types/traits"
	"cel.dev/cel-go/ext"

	"qbank/domain/fault"
)

// Bounds on expressions. Costs are CEL's own units, which do not depend on the machine or the clock: what was scored
// once within the limit always will be.
const (
	maxExpressionBytes = 4096
	maxEstimatedCost   = 2_000_000 // worst case with lists of assumedItems
	maxActualCost      = 500_000
	assumedItems       = 64
)

// Expression is a compiled CEL expression over documents, bounded in cost, without host functions. It is safe for concurrent use.
type Expression struct {
	program cel.Program
}

// CompileExpression compiles source over the named variables, each a document. The problem's pointer is "".
func CompileExpression(source string, variables ...string) (*Expression, *fault.Problem) {
	refuse := func(code string, message fault.Text) (*Expression, *fault.Problem) {
		return nil, &fault.Problem{Code: code, Message: message}
	}
	if len(source) > maxExpressionBytes {
		return refuse("cel.too_long", fault.Say("the expression has more than %d bytes", "表达式超过 %d 字节", maxExpressionBytes))
	}
	options := []cel.EnvOption{
		ext.Math(), ext.Sets(), cel.CrossTypeNumericComparisons(true),
		cel.ParserRecursionLimit(50), cel.ParserExpressionSizeLimit(maxExpressionBytes),
	}
	for _, name := range variables {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	env, err := cel.NewEnv(options...)
	if err != nil {
		return refuse("cel.environment", fault.Say("expressions cannot be compiled: %v", "无法编译表达式：%v", err))
	}
	ast, issues := env.Compile(source)
	if issues.Err() != nil {
		at := issues.Errors()[0].Location
		return refuse("cel.syntax", fault.Say("the expression is not valid at %d:%d; correct it there: %v", "表达式在第 %d 行第 %d 列有误，请在此处修正：%v",
			at.Line(), at.Column()+1, issues.Err()))
	}
	estimate, err := env.EstimateCost(ast, sizes{})
	if err != nil || estimate.Max > maxEstimatedCost {
		return refuse("cel.cost", fault.Say("the expression may cost %d, the limit is %d; nest fewer loops", "表达式代价可达 %d，上限 %d；请减少嵌套循环",
			estimate.Max, uint64(maxEstimatedCost)))
	}
	program, err := env.Program(ast, cel.CostLimit(maxActualCost))
	if err != nil {
		return refuse("cel.program", fault.Say("the expression cannot be prepared: %v", "无法准备表达式：%v", err))
	}
	return &Expression{program}, nil
}

// sizes tells the estimator how long lists and texts of unknown size may be.
type sizes struct{}

func (sizes) EstimateSize(cost.AstNode) *cost.SizeEstimate {
	return &cost.SizeEstimate{Max: assumedItems}
}
func (sizes) EstimateCallCost(string, string, *cost.AstNode, []cost.AstNode) *cost.CallEstimate {
	return nil
}

func (e *Expression) eval(variables map[string]any) (ref.Val, error) {
	value, _, err := e.program.Eval(variables)
	return value, err
}

// True evaluates a condition. An error (a missing member, a cost beyond the limit) is for the caller to read as false.
func (e *Expression) True(variables map[string]any) (bool, error) {
	value, err := e.eval(variables)
	if err != nil {
		return false, err
	}
	yes, ok := value.(types.Bool)
	if !ok {
		return false, fmt.Errorf("the expression gives %s, not a bool", value.Type().TypeName())
	}
	return bool(yes), nil
}

// maxValueNodes bounds a document that an expression makes.
const maxValueNodes = 10_000

// Document evaluates to any document.
func (e *Expression) Document(variables map[string]any) (any, error) {
	value, err := e.eval(variables)
	if err != nil {
		return nil, err
	}
	nodes := 0
	return documentOf(value, &nodes)
}

func documentOf(value ref.Val, nodes *int) (any, error) {
	if *nodes++; *nodes > maxValueNodes {
		return nil, fmt.Errorf("the expression gives more than %d values", maxValueNodes)
	}
	switch t := value.(type) {
	case types.Null:
		return nil, nil
	case types.Bool:
		return bool(t), nil
	case types.String:
		return string(t), nil
	case types.Int:
		return float64(t), nil
	case types.Uint:
		return float64(t), nil
	case types.Double:
		if f := float64(t); !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f, nil
		}
	case traits.Lister:
		list := []any{}
		for it := t.Iterator(); it.HasNext() == types.True; {
			item, err := documentOf(it.Next(), nodes)
			if err != nil {
				return nil, err
			}
			list = append(list, item)
		}
		return list, nil
	case traits.Mapper:
		object := map[string]any{}
		for it := t.Iterator(); it.HasNext() == types.True; {
			name, ok := it.Next().(types.String)
			if !ok {
				return nil, fmt.Errorf("the expression gives an object whose names are not texts")
			}
			member, err := documentOf(t.Get(name), nodes)
			if err != nil {
				return nil, err
			}
			object[string(name)] = member
		}
		return object, nil
	}
	return nil, fmt.Errorf("the expression gives %s, which is not JSON", value.Type().TypeName())
}

// fraction evaluates to a double or an int within -1..1, in millionths; true is full marks.
func (e *Expression) fraction(variables map[string]any) (Fraction, error) {
	value, err := e.eval(variables)
	if err != nil {
		return 0, err
	}
	switch t := value.(type) {
	case types.Double:
		return fractionOf(float64(t))
	case types.Int:
		return fractionOf(float64(t))
	case types.Bool:
		if t {
			return Full, nil
		}
		return 0, nil
	}
	return 0, fmt.Errorf("the expression gives %s, not a number", value.Type().TypeName())
}

// expressionRule scores by a CEL expression over content and response.
type expressionRule struct{ expression *Expression }

func compileExpression(source string) (Rule, *fault.Problem) {
	expression, problem := CompileExpression(source, "content", "response")
	if problem != nil {
		problem.Pointer = "/cel"
		return nil, problem
	}
	return expressionRule{expression}, nil
}

func (expressionRule) Scored() bool { return true }

func (r expressionRule) Prepare(content any) (Scorer, error) {
	return expressionScorer{r.expression, content}, nil
}

type expressionScorer struct {
	expression *Expression
	content    any
}

func (s expressionScorer) Score(response any) (Result, error) {
	if response == nil {
		return Result{Status: Scored}, nil
	}
	fraction, err := s.expression.fraction(map[string]any{"content": s.content, "response": response})
	if err != nil {
		return Result{}, fault.Refuse(fault.Invalid, "scoring.expression",
			fault.Say("the type's scoring expression gave no fraction", "题型的判分表达式没有给出得分率")).Because(err)
	}
	return Result{Status: Scored, Fraction: fraction}, nil
}
