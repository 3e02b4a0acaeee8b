package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
)

// Figure is one measured value. Where it has a Ratio, the target is for the ratio, otherwise for the value.
type Figure struct {
	Name     string   `json:"name"`
	Value    float64  `json:"value"`
	Unit     string   `json:"unit"`
	Baseline *float64 `json:"baseline"` // in the same unit; null where there is nothing to compare with
	Ratio    *float64 `json:"ratio"`    // Value / Baseline
	Target   float64  `json:"target"`   // at least; for times and memory, at most

	against string // names the baseline
	atMost  bool
}

// ratio makes a figure that is compared.
func ratio(name, unit string, value, baseline float64, against string, target float64) Figure {
	share := 0.0
	if baseline > 0 {
		share = value / baseline
	}
	return Figure{Name: name, Value: value, Unit: unit, Baseline: &baseline, Ratio: &share, Target: target, against: against}
}

// times makes a figure that may be so many times its baseline at most.
func times(name, unit string, value, baseline float64, against string, target float64) Figure {
	f := ratio(name, unit, value, baseline, against, target)
	f.atMost = true
	return f
}

// bound makes a figure that must not be more.
func bound(name, unit string, value, target float64) Figure {
	return Figure{Name: name, Value: value, Unit: unit, Target: target, atMost: true}
}

// Met reports whether the figure reaches its target.
func (f Figure) Met() bool {
	measured := f.Value
	if f.Ratio != nil {
		measured = *f.Ratio
	}
	if f.atMost {
		return measured <= f.Target
	}
	return measured >= f.Target
}

// Print writes the figures as a table.
func Print(w io.Writer, figures []Figure) error {
	table := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "FIGURE\tVALUE\tUNIT\tBASELINE\tRATIO\tTARGET\t\tAGAINST")
	for _, f := range figures {
		baseline, share := "–", "–"
		if f.Baseline != nil {
			baseline, share = short(*f.Baseline), fmt.Sprintf("%.2f", *f.Ratio)
		}
		target, mark := "≥ "+short(f.Target), "✗"
		if f.atMost {
			target = "≤ " + short(f.Target)
		}
		if f.Met() {
			mark = "✓"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", f.Name, short(f.Value), f.Unit, baseline, share, target, mark, f.against)
	}
	return table.Flush()
}

// short writes a number with as many digits as it is worth.
func short(v float64) string {
	if v >= 100 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}

// Write writes the figures to a file, as a JSON list.
func Write(file string, figures []Figure) error {
	if figures == nil {
		figures = []Figure{}
	}
	encoded, err := json.MarshalIndent(figures, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(encoded, '\n'), 0o600)
}
