package paper

import (
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Candidate is a question that may be chosen, with all that a blueprint can ask of it.
type Candidate struct {
	Question   uuid.UUID
	Version    int // its newest
	Difficulty Difficulty
	Used       int64 // microseconds, when a lesson, a paper or a release used it last; 0: never
	Type       string
	Subject    string
	Stage      string
	Grade      string
	Chapter    string
	Source     string
	Tags       []string
	Points     []string // ids of knowledge points, or names where no tree has them
}

// Stock is what there is to choose from, as it was at one moment.
type Stock struct {
	Candidates []Candidate
	Parents    map[string]string  // of knowledge points, in their trees
	Seen       map[uuid.UUID]bool // questions given before to those the paper is for
	Unknown    Audience           // of those the paper is for, whom nobody knows here
	Positions  map[string]int64   // of the read models that it was made from
}

// thousand is the whole of what is counted in thousandths.
const thousand = 1000

// Difficulty is how hard a question is: the facility, which is the mean share of the marks that students get.
type Difficulty struct {
	Facility int16 // thousandths
	Basis    Basis
}

// Basis is what a difficulty rests on.
type Basis uint8

// The bases.
const (
	Unknown   Basis = iota
	Estimated       // the author's label
	Measured        // what students answered
)

// MeasuredFrom is how many students a facility must rest on before it counts for more than the author's label.
const MeasuredFrom = 30

// labels are the facilities that authors' labels stand for: the middle of each band.
var labels = map[string]int16{
	"very easy": 900, "easy": 800, "medium": 550, "hard": 250, "very hard": 150,
	"容易": 800, "简单": 800, "易": 800, "较易": 750, "中": 550, "中等": 550, "一般": 550, "较难": 350, "难": 250, "困难": 250,
}

// DifficultyOf is the facility measured on n students where those are enough, else what the author's label stands for.
func DifficultyOf(facility float64, n int64, label string) Difficulty {
	if n >= MeasuredFrom {
		return Difficulty{int16(max(0, min(facility, 1))*thousand + 0.5), Measured}
	}
	if estimate, known := labels[strings.ToLower(strings.TrimSpace(label))]; known {
		return Difficulty{estimate, Estimated}
	}
	return Difficulty{}
}

// Band is a range of difficulties.
type Band string

// The bands of 难度系数 as schools draw them: easy from 0.7, hard below 0.4.
const (
	Easy   Band = "easy"
	Medium Band = "medium"
	Hard   Band = "hard"
)

// Bands lists them, the easiest first.
var Bands = []Band{Easy, Medium, Hard}

// Band is the range a difficulty is in; "" where it is not known.
func (d Difficulty) Band() Band {
	switch {
	case d.Basis == Unknown:
		return ""
	case d.Facility >= 700:
		return Easy
	case d.Facility >= 400:
		return Medium
	}
	return Hard
}

// groupBy says which groups a candidate is in, by the value of a constraint that keeps groups apart.
func groupBy(value string) (groups func(*Candidate) []string, known bool) {
	prefix, tagged := strings.CutPrefix(value, "tag:")
	switch {
	case value == "source":
		return func(c *Candidate) []string { return filled(c.Source) }, true
	case value == "chapter":
		return func(c *Candidate) []string { return filled(c.Chapter) }, true
	case tagged && prefix != "":
		return func(c *Candidate) (groups []string) {
			for _, tag := range c.Tags {
				if strings.HasPrefix(tag, prefix) {
					groups = append(groups, tag)
				}
			}
			return groups
		}, true
	}
	return nil, false
}

func filled(group string) []string {
	if group == "" {
		return nil
	}
	return []string{group}
}

// among says whether a candidate is one of those that a constraint counts.
func (s Stock) among(c Constraint, now int64) func(*Candidate) bool {
	one := func(of func(*Candidate) string) func(*Candidate) bool {
		return func(candidate *Candidate) bool { return slices.Contains(c.Values, of(candidate)) }
	}
	switch c.Kind {
	case ByType:
		return one(func(c *Candidate) string { return c.Type })
	case BySubject:
		return one(func(c *Candidate) string { return c.Subject })
	case ByStage:
		return one(func(c *Candidate) string { return c.Stage })
	case ByGrade:
		return one(func(c *Candidate) string { return c.Grade })
	case BySource:
		return one(func(c *Candidate) string { return c.Source })
	case ByBand:
		return one(func(c *Candidate) string { return string(c.Difficulty.Band()) })
	case Named:
		ids := map[uuid.UUID]bool{}
		for _, value := range c.Values {
			ids[uuid.MustParse(value)] = true // Tidy has seen them
		}
		return func(c *Candidate) bool { return ids[c.Question] }
	case ByTag:
		return func(candidate *Candidate) bool {
			return slices.ContainsFunc(candidate.Tags, func(tag string) bool { return slices.Contains(c.Values, tag) })
		}
	case ByPoint:
		under := s.under(c.Values)
		return func(c *Candidate) bool { return slices.ContainsFunc(c.Points, under) }
	case Recent:
		since := now - int64(c.Days)*24*3600*1e6
		return func(c *Candidate) bool { return c.Used != 0 && c.Used >= since }
	case Seen:
		return func(c *Candidate) bool { return s.Seen[c.Question] }
	}
	return func(*Candidate) bool { return false }
}

// maxClimb bounds how far up a tree is looked: trees are at most 12 levels deep.
const maxClimb = 64

// fewPoints is up to how many points looking through them is faster than hashing.
const fewPoints = 8

// under says whether a point is one of some points or stands below one.
func (s Stock) under(points []string) func(string) bool {
	below := slices.Clone(points)
	for point := range s.Parents {
		for up, climbed := s.Parents[point], 0; up != "" && climbed < maxClimb; up, climbed = s.Parents[up], climbed+1 {
			if slices.Contains(points, up) {
				below = append(below, point)
				break
			}
		}
	}
	if len(below) <= fewPoints {
		return func(point string) bool { return slices.Contains(below, point) }
	}
	known := make(map[string]bool, len(below))
	for _, point := range below {
		known[point] = true
	}
	return func(point string) bool { return known[point] }
}
