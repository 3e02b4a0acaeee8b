package sim

import (
	"math"
	"math/rand/v2"
)

// Rasch is the one-parameter logistic model (Rasch 1960): the odds of a right answer are e^(ability − difficulty).
type Rasch struct {
	Abilities    []float64 // of the students, standard normal
	Difficulties []float64 // of the questions, normal with SD 1.2
	seed         uint64
}

// NewRasch draws students and questions.
func NewRasch(seed uint64, students, questions int) Rasch {
	draw := rand.New(rand.NewPCG(seed, 1))
	m := Rasch{Abilities: make([]float64, students), Difficulties: make([]float64, questions), seed: seed}
	for i := range m.Abilities {
		m.Abilities[i] = draw.NormFloat64()
	}
	for i := range m.Difficulties {
		m.Difficulties[i] = 1.2 * draw.NormFloat64()
	}
	return m
}

// Right draws whether a student answers a question rightly; the same each time.
func (m Rasch) Right(student, question int) bool {
	p := 1 / (1 + math.Exp(m.Difficulties[question]-m.Abilities[student]))
	return rand.New(rand.NewPCG(m.seed+2, uint64(student)<<32|uint64(question))).Float64() < p
}

// Logit estimates a difficulty from a facility: ln((1−p)/p), kept finite where all or none were right.
func Logit(facility float64, attempts int64) float64 {
	least := 0.5 / float64(max(attempts, 1))
	p := min(max(facility, least), 1-least)
	return math.Log((1 - p) / p)
}

// Correlation is Pearson's, of two series of the same length.
func Correlation(x, y []float64) float64 {
	var mx, my float64
	for i := range x {
		mx, my = mx+x[i]/float64(len(x)), my+y[i]/float64(len(y))
	}
	var xy, xx, yy float64
	for i := range x {
		dx, dy := x[i]-mx, y[i]-my
		xy, xx, yy = xy+dx*dy, xx+dx*dx, yy+dy*dy
	}
	return xy / math.Sqrt(xx*yy)
}
