// Writing safetensors files.
#include <algorithm>
#include <string_view>

#include "core/base/json.h"
#include "core/tensor/safetensors_header.h"

namespace imago {

using namespace safetensors;

namespace {

struct Plan {
    std::vector<const TensorView*> order;
    std::string header;  // with the length in front and zeros for the hash
    std::size_t digits = 0;
};

// [16] Everything before the data.
Result<Plan> planFile(const std::vector<TensorView>& tensors, const Metadata& metadata) {
    const auto bad = [](const std::string& name, const char* why) {
        return Error{ErrorCode::Internal, IMAGO_TR("The tensor {name} cannot be written: {why}."), {{"name", name}, {"why", why}}};
    };
    Plan plan;
    for (const TensorView& tensor : tensors) plan.order.push_back(&tensor);
    std::sort(plan.order.begin(), plan.order.end(), [](const TensorView* a, const TensorView* b) {
        const auto sizeA = bytesOfElement(a->dtype), sizeB = bytesOfElement(b->dtype);
        return sizeA != sizeB ? sizeA > sizeB : a->name < b->name;
    });
    Json json = Json::object();
    Json& texts = json["__metadata__"] = Json::object();
    texts[kHashKey] = kZeroHash;  // first, so that no text of the caller can stand before it and look like it
    for (const auto& [key, value] : metadata)
        if (key != kHashKey) texts[key] = value;
    // Appended without a search: names are checked for doubles below.
    auto& members = static_cast<Json::object_t::Container&>(json.get_ref<Json::object_t&>());
    std::vector<std::string_view> names;
    std::uint64_t at = 0;
    for (const TensorView* tensor : plan.order) {
        if (tensor->name.empty() || tensor->name.size() > kMaxName || tensor->name == "__metadata__")
            return bad(tensor->name, "its name is not allowed");
        if (tensor->shape.size() > kMaxRank || std::any_of(tensor->shape.begin(), tensor->shape.end(), [](auto v) { return v < 0; }) ||
            std::uint64_t(tensor->elements()) * bytesOfElement(tensor->dtype) != tensor->data.size())
            return bad(tensor->name, "its shape does not fit its data");
        names.push_back(tensor->name);
        const std::uint64_t end = at + tensor->data.size();
        members.emplace_back(tensor->name, Json{{"dtype", toString(tensor->dtype)}, {"shape", tensor->shape}, {"data_offsets", {at, end}}});
        at = end;
    }
    std::sort(names.begin(), names.end());
    if (const auto twice = std::adjacent_find(names.begin(), names.end()); twice != names.end())
        return bad(std::string(*twice), "there are two of that name");
    std::string text;
    try {
        text = json.dump();
    } catch (const Json::type_error&) {  // the only thing that dump refuses
        return Error{ErrorCode::Internal, IMAGO_TR("A name or a text of the tensor file is not UTF-8.")};
    }
    text.resize((text.size() + 7) / 8 * 8, ' ');
    if (text.size() > kMostHeaderBytes) return Error{ErrorCode::Internal, IMAGO_TR("The header of the tensor file would be too large.")};
    const std::uint64_t length = text.size();
    plan.header.assign(reinterpret_cast<const char*>(&length), 8);
    plan.header += text;
    plan.digits = plan.header.find(hashField(kZeroHash)) + hashField("").size() - 1;
    return plan;
}

// Puts the hash in its place and returns the hash of the file as it will be.
std::string seal(Plan& plan) {
    const auto hashAll = [&] {
        Sha256 hash;
        hash.update(bytesOf(plan.header));
        for (const TensorView* tensor : plan.order) hash.update(tensor->data);
        return toHex(hash.finish());
    };
    plan.header.replace(plan.digits, kZeroHash.size(), hashAll());
    return hashAll();
}

}  // namespace

Result<std::string> writeSafetensors(const std::filesystem::path& path, const std::vector<TensorView>& tensors, const Metadata& metadata,
                                     FileOps& ops) {
    IMAGO_ASSIGN(Plan plan, planFile(tensors, metadata));
    std::string hash = seal(plan);
    IMAGO_ASSIGN(auto file, DurableFile::create(path, ops));
    IMAGO_TRY(file.write(bytesOf(plan.header)));
    for (const TensorView* tensor : plan.order) IMAGO_TRY(file.write(tensor->data));
    IMAGO_TRY(file.commit());
    return hash;
}

Result<std::vector<std::uint8_t>> encodeSafetensors(const std::vector<TensorView>& tensors, const Metadata& metadata) {
    IMAGO_ASSIGN(Plan plan, planFile(tensors, metadata));
    seal(plan);
    std::vector<std::uint8_t> out(plan.header.begin(), plan.header.end());
    for (const TensorView* tensor : plan.order) out.insert(out.end(), tensor->data.begin(), tensor->data.end());
    return out;
}

}  // namespace imago
