// CompressRequest: a picture into a latent file, or (when `in` is one) a latent file back into a picture. Plain value, any
// thread.
#pragma once

#include <string>

#include "core/config/field.h"
#include "core/image/picture_ref.h"

namespace imago {

struct CompressRequest {
    static constexpr const char* kind = "compress";
    std::string model{};  // as in SampleRequest; its family must be able to look into pictures
    PictureRef in{};      // or a latent file
    std::string out{};
    double precision = 0.1;  // spaces of numbers: how finely they are rounded, in latent units
    PictureRef compare{};    // decoding: the original, to say how far the result is off; may be empty

    static Fields<CompressRequest> fields() {
        using R = CompressRequest;
        return {
            field(&R::in, "in", "", "A picture, or a latent file made by this verb").required().flag("in"),
            field(&R::model, "model", "", "Run folder, RUN@STEP, or model file (family vae)").required().model(),
            field(&R::out, "out", "", "The latent file, or the picture (.png, .jpg)").required().path(),
            field(&R::precision, "precision", "", "How finely latent numbers are rounded; models with codes need none").range(0.001, 10),
            field(&R::compare, "compare", "", "Going back: the original, to print the PSNR against it"),
        };
    }
};

}  // namespace imago
