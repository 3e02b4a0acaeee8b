package question_test

import (
	"testing"

	"qbank/domain/question"
)

func TestACodeHasAtLeastSixDigitsAndACheckDigit(t *testing.T) {
	t.Parallel()
	for number, want := range map[int64]question.Code{1: "Q0000013", 572: "Q0005724", 100001: "Q1000012", 1e15: "Q10000000000000005"} {
		got := question.NewCode(number)
		if len(got) != len(want) || got[:len(got)-1] != want[:len(want)-1] {
			t.Errorf("%d is %s, want %s", number, got, want[:len(want)-1]+"?")
		}
		if again, err := question.ParseCode(string(got)); again != got || err != nil {
			t.Errorf("%s is read as %s, %v", got, again, err)
		}
	}
	if got := question.NewCode(572); got != "Q0005724" { // the worked example of Damm's thesis: 572 has the check digit 4
		t.Errorf("572 is %s", got)
	}
}

func TestEveryWrongDigitAndEverySwapOfNeighboursIsFound(t *testing.T) {
	t.Parallel()
	for _, number := range []int64{1, 9, 572, 100001, 123456, 999999, 7654321, 1020304050, 999999999999999} {
		code := []byte(question.NewCode(number))
		try := func() {
			if _, err := question.ParseCode(string(code)); err == nil {
				t.Errorf("%s passes for %s", code, question.NewCode(number))
			}
		}
		for i := 1; i < len(code); i++ {
			right := code[i]
			for digit := byte('0'); digit <= '9'; digit++ {
				if code[i] = digit; digit != right {
					try()
				}
			}
			code[i] = right
			if i > 1 && code[i-1] != code[i] {
				code[i-1], code[i] = code[i], code[i-1]
				try()
				code[i-1], code[i] = code[i], code[i-1]
			}
		}
	}
}

func TestACodeIsReadAsPeopleTypeIt(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"Q0005724", "q0005724", " q 000-572-4 ", "Ｑ０００５７２４", "ｑ０００　５７２－４", "Q000–5724", "\tQ0005724\n", "Q000005724"} {
		if code, err := question.ParseCode(typed); code != "Q0005724" || err != nil {
			t.Errorf("%q is read as %q, %v", typed, code, err)
		}
		if !question.LooksLikeCode(typed) {
			t.Errorf("%q does not look like a code", typed)
		}
	}
}

func TestWhatIsNoCodeIsRefused(t *testing.T) {
	t.Parallel()
	for _, typed := range []string{"", "Q", "0005724", "Q5724", "Q0005725", "X0005724", "QQ0005724", "Q00057２x", "Q0000000", "Q+005724", "Q0005724Q", "Q123456789012345678"} {
		code, err := question.ParseCode(typed)
		refused(t, err, "question.code")
		if code != "" {
			t.Errorf("a refusal of %q came with %s", typed, code)
		}
	}
}

func TestMistypedCodesStillLookLikeCodes(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]bool{"Q0005725": true, "q000572": true, "quadratic": false, "Q": false, "Q12": false, "1000012": false, "Q000572x": false} {
		if got := question.LooksLikeCode(typed); got != want {
			t.Errorf("%q looks like a code: %v", typed, got)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	for _, seed := range []string{"Q0005724", "ｑ０００　５７２－４", "Q0005725", "Q\x00", "\xff", "q1-0-0-0-0-1-2"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, err := question.ParseCode(typed)
		if err != nil {
			refused(t, err, "question.code")
			return
		}
		if again, err := question.ParseCode(string(code)); again != code || err != nil {
			t.Errorf("%q is read as %q, which is read as %q, %v", typed, code, again, err)
		}
		if !question.LooksLikeCode(typed) {
			t.Errorf("%q is %s and does not look like it", typed, code)
		}
	})
}
