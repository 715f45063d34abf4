#include "core/data/inspect_job.h"

#include <algorithm>

#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/data/packed.h"
#include "core/data/sources.h"
#include "core/image/geometry.h"
#include "core/image/image.h"

namespace imago {
namespace {

constexpr std::uint64_t kLookBytes = std::uint64_t(256) << 20;  // only a few pictures are shown: more is not held for that

class InspectDataJob : public Job {
  public:
    explicit InspectDataJob(InspectDataRequest request) : m_request(std::move(request)) {}

    std::string kind() const override { return InspectDataRequest::kind; }
    bool quiet() const override { return m_request.packTo.empty(); }
    std::string title() const override { return printableName(m_request.data); }
    Lane lane() const override { return Lane::Io; }

    Result<Slice> step(JobContext& context) override {
        DatasetOptions options;
        options.resolution = m_request.resolution;
        options.pad = m_request.fit == "pad";
        IMAGO_ASSIGN(options.ground, parseGround(m_request.ground));
        if (m_request.packTo.empty()) options.memoryBudget = kLookBytes;
        double lastTold = -1;
        const char* stage = IMAGO_TR("Reading the pictures");
        options.progress = [&](std::size_t done, std::size_t total) {
            if (const double now = context.nowSeconds(); now - lastTold > 0.1) {
                lastTold = now;
                context.emit(JobProgress{static_cast<std::int64_t>(done), static_cast<std::int64_t>(total), 0, -1, stage});
            }
            context.yield();
            return !context.cancelRequested() && !context.stopRequested() && !context.discardRequested();
        };
        IMAGO_ASSIGN(m_data, openDataset(m_request.data, options));
        IMAGO_ASSIGN(PreviewReady preview, makePreview());
        context.emit(std::move(preview));
        if (m_request.packTo.empty()) return Slice::Done;
        stage = IMAGO_TR("Packing the pictures");
        IMAGO_ASSIGN(m_packed, writePacked(m_request.packTo, *m_data, options.progress));
        return Slice::Done;
    }

    Result<Json> finish(FinishReason, JobContext&) override { return m_data ? describeData() : Json(Json::object()); }

  private:
    // Pictures drawn from all over the data, the same ones every time.
    Result<PreviewReady> makePreview() const {
        const DataShape& shape = m_data->shape();
        const auto order = permutation(RandomKey{0, Purpose::Preview, 0}, static_cast<std::uint32_t>(m_data->size()));
        const auto count = std::min<std::size_t>(order.size(), static_cast<std::size_t>(m_request.thumbnails));
        PreviewReady preview;
        preview.kind = "data";
        preview.columns = static_cast<int>(std::min<std::size_t>(8, count));
        preview.rows = static_cast<int>((count + 7) / 8);
        std::vector<Image> tiles;
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t index = order[i];
            Image tile(shape.width, shape.height, shape.channels);
            IMAGO_TRY(m_data->readNamed(index, tile.data()));
            tiles.push_back(std::move(tile));
            const int label = m_data->classOf(index);
            preview.labels.push_back(label >= 0 ? shape.classNames[static_cast<std::size_t>(label)] : std::string());
        }
        preview.image = std::make_shared<const Image>(makeGrid(tiles, preview.columns));
        return preview;
    }

    Json describeData() const {
        const DataShape& shape = m_data->shape();
        std::vector<std::size_t> counts(shape.classNames.size());
        std::size_t unlabelled = 0;
        for (std::size_t i = 0; i < m_data->size(); ++i)
            if (const int label = m_data->classOf(i); label >= 0)
                ++counts[static_cast<std::size_t>(label)];
            else
                ++unlabelled;
        Json classes = Json::array(), skipped = Json::array();
        for (std::size_t c = 0; c < counts.size(); ++c) classes.push_back({{"name", shape.classNames[c]}, {"count", counts[c]}});
        for (const SkippedItem& item : m_data->skipped()) skipped.push_back({{"name", item.name}, {"why", item.reason.text()}});
        Json json{{"data", printableName(m_request.data)},
                  {"count", m_data->size()},
                  {"channels", shape.channels},
                  {"height", shape.height},
                  {"width", shape.width},
                  {"classes", classes},
                  {"unlabelled", unlabelled},
                  {"ignored_files", m_data->ignored()},
                  {"skipped", skipped},
                  {"bytes", m_data->size() * m_data->itemBytes()},
                  {"in_memory", m_data->size() * m_data->itemBytes() <= memoryBudget({})},
                  {"report", m_data->report().toJson()},
                  {"expectation", whatToExpect(m_data->size()).text()},
                  {"manifest_hash", m_data->manifestHash()}};
        if (!m_request.packTo.empty()) json["packed"] = {{"file", m_request.packTo}, {"bytes", m_packed.bytes}};
        return json;
    }

    InspectDataRequest m_request;
    std::shared_ptr<const Dataset> m_data;
    PackedFile m_packed;
};

}  // namespace

Result<std::unique_ptr<Job>> makeInspectDataJob(const InspectDataRequest& request) {
    if (request.data.empty()) return Error{ErrorCode::BadInput, IMAGO_TR("Which pictures?"), {}, {}, "data"};
    return std::unique_ptr<Job>(std::make_unique<InspectDataJob>(request));
}

}  // namespace imago
