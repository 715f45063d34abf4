// PictureRef: a picture as a request names it: the path of a file, or pixels that the asker already holds (then nobody has to
// write a file first). Cheap to copy. Any thread.
#pragma once

#include <memory>
#include <string>

#include "core/base/json.h"
#include "core/config/schema.h"
#include "core/image/image.h"

namespace imago {

class PictureRef {
  public:
    static constexpr ParamKind fieldKind = ParamKind::Picture;  // what it is in a fields() table

    PictureRef() = default;                                          // none
    PictureRef(std::string path) : m_text(std::move(path)) {}        // NOLINT: implicit on purpose
    PictureRef(const char* path) : PictureRef(std::string(path)) {}  // NOLINT
    PictureRef(std::shared_ptr<const Image> image, std::string name);

    bool isEmpty() const { return !m_image && m_text.empty(); }
    bool inMemory() const { return m_image != nullptr; }
    const std::shared_ptr<const Image>& image() const { return m_image; }  // null: in a file
    std::string path() const { return m_image ? std::string() : m_text; }  // empty: in memory
    std::string name() const;                                              // what people call it: the file's name, or the given one
    bool operator==(const PictureRef&) const = default;                    // the same path, or the very same pixels under the same name

  private:
    std::string m_text;  // path or name
    std::shared_ptr<const Image> m_image;
};

// The JSON form is the path. Pixels have none: {"in_memory": name} says so, and no request can be made from it.
void to_json(Json& json, const PictureRef& picture);
void from_json(const Json& json, PictureRef& picture);

// The file is read here (work for the io lane); pixels in memory are only shared.
Result<std::shared_ptr<const Image>> load(const PictureRef& picture);

}  // namespace imago
