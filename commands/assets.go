package commands

import (
	"context"
	"slices"

	"qbank/domain/content"
	"qbank/domain/fault"
	"qbank/domain/qtype"
	"qbank/domain/question"
	"qbank/domain/resource"
)

// assetsKept refuses a draft that names files which are not there for its organisation: students would look at a hole.
func (w *Work) assetsKept(ctx context.Context, q question.Question, rules *qtype.Type) error {
	assets := rules.Assets(q.Draft.Content)
	var hashes []content.Hash
	for _, asset := range assets {
		if resource.IsHash(asset.Name) {
			hashes = append(hashes, content.Hash(asset.Name))
		}
	}
	absent, err := w.missingFiles(ctx, q.Org, hashes)
	if err != nil {
		return err
	}
	var problems []fault.Problem
	for _, asset := range assets {
		if !resource.IsHash(asset.Name) || absent[content.Hash(asset.Name)] {
			problems = append(problems, fault.Problem{Pointer: asset.Pointer, Code: "asset.missing", Message: fault.Say(
				"no file %.80q is kept; upload it and name it by its SHA-256", "没有文件 %.80q，请上传后以其 SHA-256 引用", asset.Name)})
		}
	}
	if len(problems) > 0 {
		return fault.Refuse(fault.Invalid, "question.asset_missing", fault.Say("files that the question names are missing", "题目引用的文件缺失"), problems...)
	}
	return nil
}

// missingFiles are those of the hashes that content of an organisation may not name; none where nobody knows files.
func (w *Work) missingFiles(ctx context.Context, org string, hashes []content.Hash) (map[content.Hash]bool, error) {
	if len(hashes) == 0 || w.Resources == nil {
		return nil, nil
	}
	slices.Sort(hashes)
	missing, err := w.Resources.Known(ctx, org, slices.Compact(hashes))
	if err != nil {
		return nil, err
	}
	absent := make(map[content.Hash]bool, len(missing))
	for _, hash := range missing {
		absent[hash] = true
	}
	return absent, nil
}
