#include "core/sample/compress_job.h"

#include <algorithm>
#include <atomic>
#include <cmath>

#include "core/base/durable_file.h"
#include "core/image/codecs.h"
#include "core/image/difference.h"
#include "core/image/geometry.h"
#include "core/image/tiles.h"
#include "core/models/generative_model.h"
#include "core/models/latent_space.h"
#include "core/nn/torch_pch.h"
#include "core/sample/latent_file.h"
#include "core/tensor/tensor_image.h"

namespace imago {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostNumbers = std::size_t(1) << 28;  // of a latent file: more is a header that lies
constexpr std::size_t kTilesAtOnce = 16;
constexpr std::uint32_t kNumberSymbols = 511;  // rounded numbers from -255 to 255 steps about their mean
constexpr double kCodeWeight = 16 * 4096;      // 4096 observations is what the model's own statistics of its codes are worth

// Eight bits and the model's channels.
std::shared_ptr<const Image> asSeen(std::shared_ptr<const Image> picture, int channels) {
    if (picture->type() == PixelType::U8 && picture->channels() == channels) return picture;
    return std::make_shared<const Image>(withChannels(withType(*picture, PixelType::U8), channels));
}

class CompressJob final : public Job {
  public:
    CompressJob(CompressRequest request, ModelCache& models) : m_request(std::move(request)), m_models(models) {}

    std::string kind() const override { return CompressRequest::kind; }
    std::string title() const override { return m_request.in.name(); }

    Result<Slice> step(JobContext& context) override {
        const torch::NoGradGuard noGradients;
        if (!m_space) {
            IMAGO_TRY(openModel());
            return doOnIo(&CompressJob::read, context);
        }
        if (!m_ioDone) return Slice::Waiting;
        IMAGO_TRY(std::exchange(m_ioResult, {}));
        if (m_done == m_grid.count()) return Slice::Done;  // and written
        const std::size_t first = m_done;
        IMAGO_TRY(m_decoding ? decodeSome() : encodeSome());
        showTiles(first, context);
        context.emit(JobProgress{static_cast<std::int64_t>(m_done), static_cast<std::int64_t>(m_grid.count()), 0, -1,
                                 m_decoding ? IMAGO_TR("Making the picture") : IMAGO_TR("Looking into the picture")});
        if (m_done < m_grid.count()) return Slice::More;
        return doOnIo(m_decoding ? &CompressJob::writePicture : &CompressJob::writeLatents, context);
    }

    Result<Json> finish(FinishReason reason, JobContext&) override {
        m_ended = true;
        m_space.reset();
        return reason == FinishReason::Done ? m_result : Json(Json::object());
    }

  private:
    // Of what the io lane does only one thing runs at a time, and no slice until it has ended. It touches no tensor.
    Slice doOnIo(Result<void> (CompressJob::*work)(), JobContext& context) {
        m_ioDone = false;
        context.runOnIo([this, work] {
            if (!m_ended) m_ioResult = (this->*work)();
            m_ioDone = true;
        });
        return Slice::Waiting;
    }

    // On the io lane.
    Result<void> read();
    Result<void> beginEncoding(std::shared_ptr<const Image> picture);
    Result<void> beginDecoding(Bytes bytes);
    Result<void> writeLatents();
    Result<void> writePicture();

    // On the compute lane.
    Result<void> openModel();
    Result<void> encodeSome();
    Result<void> decodeSome();
    std::vector<std::uint32_t> symbolsOf(const at::Tensor& latent) const;
    Result<std::vector<Image>> picturesOf(std::size_t first, std::size_t count) const;  // of m_symbols
    void showTiles(std::size_t first, JobContext& context) const;

    SymbolModels symbolModels() const;
    double pixels() const { return static_cast<double>(m_grid.width) * m_grid.height; }
    double signalToNoise() const { return std::min(psnr(*m_original, m_made), 99.0); }  // equal pictures: 99

    CompressRequest m_request;
    ModelCache& m_models;
    std::shared_ptr<CachedModel> m_model;
    std::unique_ptr<LatentSpace> m_space;
    DataShape m_shape;
    LatentSpace::Statistics m_statistics;
    std::size_t m_positions = 0;        // symbols a tile
    std::vector<double> m_frequencies;  // of codes; empty: a space of numbers
    std::array<std::uint8_t, 8> m_modelId{};

    std::atomic<bool> m_ioDone = false, m_ended = false;
    Result<void> m_ioResult;
    bool m_decoding = false;
    double m_step = 0.1;
    TileGrid m_grid;
    std::shared_ptr<const Image> m_original;  // as the model sees it; decoding: what to compare with, may be null
    Image m_made;                             // what decoding gives
    std::vector<std::uint32_t> m_symbols;
    std::size_t m_done = 0;  // tiles
    std::size_t m_fileBytes = 0;
    Json m_result = Json::object();
};

Result<void> CompressJob::openModel() {
    IMAGO_ASSIGN(m_model, m_models.get(m_request.model));
    auto space = m_model->model().latentSpace();
    if (!space || !space->encodes())
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("The model {model} makes pictures but cannot look into them."),
                     {{"model", m_request.model}},
                     IMAGO_TR("Train one of the family vae."),
                     "model"};
    for (std::size_t i = 0; i < m_modelId.size(); ++i)
        m_modelId[i] = static_cast<std::uint8_t>(std::stoi(m_model->loaded.sha256.substr(2 * i, 2), nullptr, 16));
    m_shape = m_model->model().shape();
    m_statistics = space->statistics();
    if (space->codeCount() > 0) m_frequencies = space->codeFrequencies();
    m_positions = static_cast<std::size_t>(space->codeCount() > 0 ? space->places() : space->dimension());
    for (const auto* numbers : {&m_statistics.mean, &m_statistics.deviation})
        if (!std::all_of(numbers->begin(), numbers->end(), [](float v) { return std::isfinite(v); }))
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("The model {model} holds values that are not numbers; it cannot look into pictures."),
                         {{"model", m_request.model}},
                         {},
                         "model"};
    m_space = std::move(space);
    return {};
}

Result<void> CompressJob::read() {
    std::error_code ignored;
    for (const PictureRef* original : {&m_request.in, &m_request.compare})
        if (!original->path().empty() && fs::equivalent(original->path(), m_request.out, ignored))
            return Error{ErrorCode::BadInput,
                         IMAGO_TR("{file} would be written over."),
                         {{"file", original->path()}},
                         IMAGO_TR("Choose another name."),
                         "out"};
    if (m_request.in.inMemory()) return beginEncoding(m_request.in.image());
    if (!fs::is_regular_file(m_request.in.path(), ignored))
        return Error{ErrorCode::BadInput, IMAGO_TR("There is no file {file}."), {{"file", m_request.in.path()}}, {}, "in"};
    IMAGO_ASSIGN(const std::vector<std::uint8_t> bytes, readFile(m_request.in.path()));
    if (isLatentFile(bytes)) return beginDecoding(bytes);
    IMAGO_ASSIGN(Image picture, readImage(bytes, m_request.in.name()));
    return beginEncoding(std::make_shared<const Image>(std::move(picture)));
}

Result<void> CompressJob::beginEncoding(std::shared_ptr<const Image> picture) {
    IMAGO_TRY(checkImageSize(picture->width(), picture->height(), picture->channels(), 1, m_request.in.name()));
    constexpr int kLargest = 65535;
    if (picture->width() > kLargest || picture->height() > kLargest)
        return Error{ErrorCode::BadInput, IMAGO_TR("{file} is too large for a latent file."), {{"file", m_request.in.name()}}, {}, "in"};
    m_result["source_channels"] = picture->channels();
    m_grid = {picture->width(), picture->height(), m_shape.width, m_shape.height};
    m_original = asSeen(std::move(picture), m_shape.channels);
    m_made = Image(m_grid.width, m_grid.height, m_shape.channels);
    // Numbers are kept as at most 255 steps to either side of their mean: as fine as asked for, as coarse as five deviations need.
    const auto widest = std::max_element(m_statistics.deviation.begin(), m_statistics.deviation.end());
    const bool codes = !m_frequencies.empty();
    const double least = codes || widest == m_statistics.deviation.end() ? 0 : 5.0 * double(*widest) / (kNumberSymbols / 2);
    m_step = static_cast<double>(static_cast<float>(std::max(m_request.precision, least)));  // as the file keeps it
    if (!codes) m_result["precision"] = m_step;
    return {};
}

Result<void> CompressJob::beginDecoding(Bytes bytes) {
    const std::string name = m_request.in.name();
    IMAGO_ASSIGN(const LatentFile file, decodeLatentFile(bytes, name));
    if (file.model != m_modelId || file.codes == m_frequencies.empty() || file.channels != m_shape.channels)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} was made with another model (its hash begins with {wanted}; this one's with {given})."),
                     {{"file", name}, {"wanted", toHex(file.model)}, {"given", toHex(m_modelId)}},
                     IMAGO_TR("Give the model that it was made with."),
                     "model"};
    m_decoding = true;
    m_grid = {file.width, file.height, m_shape.width, m_shape.height};
    m_step = file.step;
    m_fileBytes = bytes.size();
    IMAGO_TRY(checkImageSize(file.width, file.height, file.channels, 1, name));
    const std::size_t count = m_grid.count() * m_positions;
    if (count > kMostNumbers)
        return Error{
            ErrorCode::BadInput, IMAGO_TR("{file} claims a picture that is too large for this model."), {{"file", name}}, {}, "in"};
    IMAGO_ASSIGN(m_symbols, decodeSymbols(file.payload, count, symbolModels(), name));
    m_made = Image(file.width, file.height, m_shape.channels);
    if (m_request.compare.isEmpty()) return {};
    IMAGO_ASSIGN(std::shared_ptr<const Image> original, load(m_request.compare));
    if (original->width() != file.width || original->height() != file.height)
        return Error{ErrorCode::BadInput,
                     IMAGO_TR("{file} does not have the size of the decoded picture."),
                     {{"file", m_request.compare.name()}},
                     {},
                     "compare"};
    m_original = asSeen(std::move(original), m_shape.channels);
    return {};
}

SymbolModels CompressJob::symbolModels() const {
    SymbolModels models;
    models.positions = m_positions;
    if (!m_frequencies.empty()) {
        models.symbols = static_cast<std::uint32_t>(m_frequencies.size());
        models.masses.emplace_back();
        for (const double f : m_frequencies) models.masses[0].push_back(static_cast<std::uint32_t>(std::lround(f * kCodeWeight)));
        return models;
    }
    models.symbols = kNumberSymbols;
    for (const float deviation : m_statistics.deviation)
        models.masses.push_back(
            bellMasses(kNumberSymbols, static_cast<std::uint32_t>(std::lround(std::clamp(16.0 * double(deviation) / m_step, 1.0, 1e6)))));
    return models;
}

std::vector<std::uint32_t> CompressJob::symbolsOf(const at::Tensor& latent) const {
    std::vector<std::uint32_t> symbols;
    if (!m_frequencies.empty()) {
        const auto codes = latent.to(torch::kCPU).contiguous();
        for (std::int64_t i = 0; i < codes.numel(); ++i) symbols.push_back(static_cast<std::uint32_t>(codes.data_ptr<std::int64_t>()[i]));
        return symbols;
    }
    const auto values = latent.to(torch::kCPU, torch::kFloat).contiguous();
    constexpr double kMiddle = kNumberSymbols / 2;
    for (std::int64_t i = 0; i < values.numel(); ++i) {
        const double off = double(values.data_ptr<float>()[i]) - double(m_statistics.mean[static_cast<std::size_t>(i) % m_positions]);
        symbols.push_back(static_cast<std::uint32_t>(std::clamp(std::round(off / m_step), -kMiddle, kMiddle) + kMiddle));
    }
    return symbols;
}

Result<std::vector<Image>> CompressJob::picturesOf(std::size_t first, std::size_t count) const {
    const auto n = static_cast<std::int64_t>(count), each = static_cast<std::int64_t>(m_positions);
    const std::uint32_t* from = m_symbols.data() + first * m_positions;
    if (!m_frequencies.empty()) {
        std::vector<std::int64_t> codes(from, from + count * m_positions);
        IMAGO_ASSIGN(const at::Tensor pixels, m_space->decodeCodes(torch::tensor(codes).view({n, each})));
        return imagesOf(pixels);
    }
    std::vector<float> values;
    for (std::size_t i = 0; i < count * m_positions; ++i)
        values.push_back(static_cast<float>(double(m_statistics.mean[i % m_positions]) + (double(from[i]) - kNumberSymbols / 2) * m_step));
    IMAGO_ASSIGN(const at::Tensor pixels, m_space->decode(torch::tensor(values).view({n, each})));
    return imagesOf(pixels);
}

Result<void> CompressJob::encodeSome() {
    const std::size_t count = std::min(kTilesAtOnce, m_grid.count() - m_done);
    std::vector<Image> tiles;
    for (std::size_t i = 0; i < count; ++i) tiles.push_back(cutTile(*m_original, m_grid, m_done + i));
    const at::Tensor x = tensorOf(viewsOf(tiles));
    const bool codes = !m_frequencies.empty();
    IMAGO_ASSIGN(const at::Tensor latent, codes ? m_space->encodeCodes(x) : m_space->encode(x));
    if (!codes && !at::isfinite(latent).all().item<bool>())
        return Error{ErrorCode::Numerical,
                     IMAGO_TR("The model makes nothing of this picture: its latents are not numbers."),
                     {},
                     IMAGO_TR("Use an earlier checkpoint of its run."),
                     "model"};
    const auto symbols = symbolsOf(latent);
    m_symbols.insert(m_symbols.end(), symbols.begin(), symbols.end());
    return decodeSome();
}

Result<void> CompressJob::decodeSome() {
    const std::size_t count = std::min(kTilesAtOnce, m_grid.count() - m_done);
    IMAGO_ASSIGN(const std::vector<Image> tiles, picturesOf(m_done, count));
    for (const Image& tile : tiles) placeTile(m_made, m_grid, m_done++, tile);
    return {};
}

// The tiles since `first`, those side by side as one.
void CompressJob::showTiles(std::size_t first, JobContext& context) const {
    for (std::size_t i = first; i < m_done;) {
        PixelRect rect = m_grid.inside(i);
        const int top = rect.y;
        for (++i; i < m_done && m_grid.rect(i).y == top; ++i) rect = united(rect, m_grid.inside(i));
        context.emit(TileReady{rect, 1, std::make_shared<const Image>(copyOf(part(m_made, rect)))});
    }
}

Result<void> CompressJob::writeLatents() {
    LatentFile file;
    file.codes = !m_frequencies.empty();
    file.channels = m_shape.channels;
    file.width = m_grid.width;
    file.height = m_grid.height;
    file.step = static_cast<float>(file.codes ? 0 : m_step);
    file.model = m_modelId;
    file.payload = encodeSymbols(m_symbols, symbolModels());
    const auto bytes = encodeLatentFile(file);
    if (const fs::path parent = fs::path(m_request.out).parent_path(); !parent.empty()) IMAGO_TRY(makeFolders(parent));
    IMAGO_TRY(writeDurably(m_request.out, Bytes(bytes)));
    m_result["direction"] = "encode";
    m_result["out"] = m_request.out;
    m_result["width"] = file.width;
    m_result["height"] = file.height;
    m_result["channels"] = file.channels;
    m_result["tiles"] = m_grid.count();
    m_result["bytes"] = bytes.size();
    m_result["payload_bytes"] = file.payload.size();
    m_result["bits_per_pixel"] = 8.0 * static_cast<double>(bytes.size()) / pixels();
    m_result["payload_bits_per_pixel"] = 8.0 * static_cast<double>(file.payload.size()) / pixels();
    m_result["psnr"] = signalToNoise();
    return {};
}

Result<void> CompressJob::writePicture() {
    if (const fs::path parent = fs::path(m_request.out).parent_path(); !parent.empty()) IMAGO_TRY(makeFolders(parent));
    IMAGO_TRY(writeImage(m_request.out, m_made));
    m_result["direction"] = "decode";
    m_result["out"] = m_request.out;
    m_result["width"] = m_grid.width;
    m_result["height"] = m_grid.height;
    m_result["channels"] = m_shape.channels;
    m_result["bytes"] = m_fileBytes;
    m_result["bits_per_pixel"] = 8.0 * static_cast<double>(m_fileBytes) / pixels();
    if (m_original) m_result["psnr"] = signalToNoise();
    return {};
}

}  // namespace

Result<std::unique_ptr<Job>> makeCompressJob(const CompressRequest& request, ModelCache& models) {
    if (request.out.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("Compressing needs a file to write."), {}, {}, "out"};
    return std::unique_ptr<Job>(std::make_unique<CompressJob>(request, models));
}

}  // namespace imago
