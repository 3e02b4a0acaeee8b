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
	missing, err := w.missingAssets(ctx, q, rules)
	if err != nil || len(missing) == 0 {
		return err
	}
	problems := make([]fault.Problem, len(missing))
	for i, asset := range missing {
		problems[i] = fault.Problem{Pointer: asset.Pointer, Code: "asset.missing", Message: fault.Say(
			"no file %.80q is kept; upload it and name it by its SHA-256", "没有文件 %.80q，请上传后以其 SHA-256 引用", asset.Name)}
	}
	return fault.Refuse(fault.Invalid, "question.asset_missing", fault.Say("files that the question names are missing", "题目引用的文件缺失"), problems...)
}

// missingAssets are the places of a draft that name a file which is not there for its organisation.
func (w *Work) missingAssets(ctx context.Context, q question.Question, rules *qtype.Type) ([]qtype.Asset, error) {
	assets := rules.Assets(q.Draft.Content)
	var hashes []content.Hash
	for _, asset := range assets {
		if resource.IsHash(asset.Name) {
			hashes = append(hashes, content.Hash(asset.Name))
		}
	}
	absent, err := w.missingFiles(ctx, q.Org, hashes)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(assets, func(a qtype.Asset) bool { return resource.IsHash(a.Name) && !absent[content.Hash(a.Name)] }), nil
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
