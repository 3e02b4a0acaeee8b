package preview

import (
	"fmt"
	"net/http"
	"strings"

	qrcode "github.com/skip2/go-qrcode"

	"qbank/domain/fault"
	"qbank/internal/preview"
)

// pixels is the width of a picture of a link.
const pixels = 512

// code draws the address of the preview itself, as the request reached it. The ticket of an own preview can be too long to be scanned well;
// those of links are short.
func code(r *http.Request) (*qrcode.QRCode, error) {
	scheme := "http"
	if r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https" {
		scheme = "https"
	}
	drawn, err := qrcode.New(scheme+"://"+r.Host+"/preview/"+r.PathValue("ticket"), qrcode.Low)
	if err != nil {
		return nil, fault.Refuse(fault.Limit, "preview.qr", fault.Say("this address is too long for a code; share a link instead", "地址过长，无法生成二维码，请创建分享链接")).Because(err)
	}
	return drawn, nil
}

func (d *Door) qrPNG(w http.ResponseWriter, r *http.Request, _ preview.Pins) error {
	drawn, err := code(r)
	if err != nil {
		return err
	}
	picture, err := drawn.PNG(pixels)
	if err != nil {
		return fmt.Errorf("draw a code: %w", err)
	}
	w.Header().Set("Content-Type", "image/png")
	_, _ = w.Write(picture) //nolint:gosec // a picture; a client that went away will ask again
	return nil
}

func (d *Door) qrSVG(w http.ResponseWriter, r *http.Request, _ preview.Pins) error {
	drawn, err := code(r)
	if err != nil {
		return err
	}
	rows := drawn.Bitmap()
	var path strings.Builder
	for y, row := range rows {
		for x, dark := range row {
			if dark {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x, y)
			}
		}
	}
	h := w.Header()
	h.Set("Content-Type", "image/svg+xml")
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	//nolint:gosec // numbers alone
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %[1]d" width="%d" height="%[2]d" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%[1]dv%[1]dH0z"/><path d="%[3]s"/></svg>`,
		len(rows), pixels, path.String())
	return nil
}
