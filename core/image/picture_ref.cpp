#include "core/image/picture_ref.h"

#include <cassert>
#include <filesystem>

#include "core/image/codecs.h"

namespace imago {

PictureRef::PictureRef(std::shared_ptr<const Image> image, std::string name) : m_text(std::move(name)), m_image(std::move(image)) {
    assert(m_image);
}

std::string PictureRef::name() const {
    return m_image ? m_text : std::filesystem::path(m_text).filename().string();
}

void to_json(Json& json, const PictureRef& picture) {
    if (picture.inMemory())
        json = Json{{"in_memory", picture.name()}};
    else
        json = picture.path();
}

void from_json(const Json& json, PictureRef& picture) {
    picture = PictureRef(json.get<std::string>());
}

Result<std::shared_ptr<const Image>> load(const PictureRef& picture) {
    if (picture.inMemory()) return picture.image();
    IMAGO_ASSIGN(Image image, readImage(std::filesystem::path(picture.path())));
    return std::make_shared<const Image>(std::move(image));
}

}  // namespace imago
