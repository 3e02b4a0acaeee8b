package scoring

// byHand is by_hand@1: a person reads the response. An unanswered question needs none.
type byHand struct{}

func newByHand(*params) Rule { return byHand{} }

func (byHand) Scored() bool                { return true }
func (byHand) Prepare(any) (Scorer, error) { return byHand{}, nil }
func (byHand) Score(response any) (Result, error) {
	if response == nil {
		return Result{Status: Scored}, nil
	}
	return Result{Status: Pending}, nil
}

// none is none@1: there is nothing to score.
type none struct{}

func newNone(*params) Rule { return none{} }

func (none) Scored() bool                { return false }
func (none) Prepare(any) (Scorer, error) { return none{}, nil }
func (none) Score(any) (Result, error)   { return Result{Status: Unscored}, nil }
