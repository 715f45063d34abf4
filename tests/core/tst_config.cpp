// links: imago_base
// Config tables: nested sections, tagged variants, live fields, schema versions; every wrong value is named.
#include "core/config/bind.h"

#include <QtTest>

#include <clocale>

using namespace imago;

namespace {

struct Network {
    int channels = 32;
    bool attention = true;
    std::string norm = "group";
    static Fields<Network> fields() {
        return {
            field(&Network::channels, "channels", "Channels", "Width").range(8, 512).unit("channels").advanced(),
            field(&Network::attention, "attention", "Attention", ""),
            field(&Network::norm, "norm", "Norm", "").choices({{"group", "Group"}, {"none", "None"}}).visibleWhen("attention", {"true"}),
        };
    }
};

struct Edm {
    static constexpr const char* id = "edm";
    static constexpr const char* label = "EDM (Karras)";
    double sigmaMin = 0.002, sigmaMax = 80;
    static Fields<Edm> fields() {
        return {field(&Edm::sigmaMin, "sigma_min", "Least", "").range(1e-5, 1).logScale(),
                field(&Edm::sigmaMax, "sigma_max", "Most", "").range(1, 1000)};
    }
};

struct Flow {
    static constexpr const char* id = "flow";
    float shift = 0.1F;
    Network extra{.channels = 16};
    static Fields<Flow> fields() {
        return {field(&Flow::shift, "shift", "Shift", "").range(0, 10), section(&Flow::extra, "extra", "Extra", "")};
    }
};

struct Config {
    static constexpr int schema = 3;
    static constexpr const char* title = "Test";
    Network network{.channels = 64};
    std::variant<Edm, Flow> schedule = Edm{.sigmaMax = 20};
    int batch = 64;
    std::int64_t images = 1;
    double rate = 1e-3;
    std::string data = "shapes";
    static Fields<Config> fields() {
        return {
            section(&Config::network, "network", "Network", ""),
            variant(&Config::schedule, "schedule", "Schedule", ""),
            field(&Config::batch, "batch", "Batch", "").range(1, 4096),
            field(&Config::images, "images", "Images", "").range(0, 1e15),
            field(&Config::rate, "rate", "Learning rate", "").range(1e-6, 1).logScale().live(),
            field(&Config::data, "data", "Data", "").dataset().visibleWhen("schedule.kind", {"flow"}),
        };
    }
    // Version 2 had "lr", not "rate".
    static Result<Json> migrate(Json old, int from) {
        if (from < 3 && old.contains("lr")) {
            old["rate"] = old["lr"];
            old.erase("lr");
        }
        return old;
    }
};

enum class Finish { Matt, Gloss };

}  // namespace

namespace imago {
template <>
struct WordsOf<Finish> {
    static constexpr Word<Finish> list[] = {{Finish::Matt, "matt"}, {Finish::Gloss, "gloss"}};
};
}  // namespace imago

namespace {

// Every other kind of field that a table may hold.
struct Order {
    std::string what;
    std::optional<std::int64_t> copies;
    std::optional<double> width;
    std::uint64_t seed = 3;
    std::vector<std::string> inks{"black"};
    Finish finish = Finish::Matt;
    Json extras = Json::object();
    static Fields<Order> fields() {
        return {field(&Order::what, "what", "", "").required().flag("what"),
                field(&Order::copies, "copies", "", "").range(1, 99),
                field(&Order::width, "paper_width", "", ""),
                field(&Order::seed, "seed", "", ""),
                field(&Order::inks, "inks", "", "").items({"black", "cyan", "red"}),
                field(&Order::finish, "finish", "", ""),
                field(&Order::extras, "extras", "", "").flag("")};
    }
};

// A table inside a larger one, its JSON not nested.
struct Parcel {
    Order order;
    static Fields<Parcel> fields() { return Order::fields().of(&Parcel::order); }
};

Json parse(const char* text) {
    return parseJson(text, "the test").value();
}

}  // namespace

class TestConfig : public QObject {
    Q_OBJECT

  private Q_SLOTS:
    void optionalListEnumAndJsonFields() {
        const Schema schema = schemaOf<Order>();
        const auto none = bind<Order>(parse(R"({"what": "a print"})"));
        QVERIFY(none.ok());
        QVERIFY(!none->copies && !none->width && none->seed == 3 && none->finish == Finish::Matt);
        QVERIFY(!toJson(*none).contains("copies") && toJson(*none)["seed"] == 3);
        const Json given =
            parse(R"({"schema": 1, "what": "x", "copies": 7, "paper_width": 0.5, "seed": 18446744073709551615, "inks": ["red", "cyan"],
                                     "finish": "gloss", "extras": {"a": [1, {"b": null}]}})");
        const auto all = bind<Order>(given);
        QVERIFY(all.ok());
        QVERIFY(all->copies == 7 && all->width == 0.5 && all->seed == std::numeric_limits<std::uint64_t>::max());
        QVERIFY(all->inks == (std::vector<std::string>{"red", "cyan"}) && all->finish == Finish::Gloss);
        QCOMPARE(toJson(*all), given);
        QVERIFY(bind<Order>(parse(R"({"what": "x", "copies": null})")).ok());
        for (const auto& [text, field] : std::vector<std::pair<const char*, const char*>>{{R"({})", "what"},
                                                                                          {R"({"what": "x", "copies": 0})", "copies"},
                                                                                          {R"({"what": "x", "seed": -1})", "seed"},
                                                                                          {R"({"what": "x", "inks": ["blue"]})", "inks"},
                                                                                          {R"({"what": "x", "inks": "red"})", "inks"},
                                                                                          {R"({"what": "x", "finish": "rough"})", "finish"},
                                                                                          {R"({"what": "x", "extras": []})", "extras"}}) {
            const auto refused = bind<Order>(parse(text));
            QVERIFY2(!refused, text);
            QCOMPARE(refused.error().field, std::string(field));
        }
        Json typed = Json::object();
        QVERIFY(setByPath(typed, "seed", "18446744073709551615", schema).ok());
        QVERIFY(!setByPath(typed, "seed", "18446744073709551616", schema) && !setByPath(typed, "seed", "-1", schema));
        QVERIFY(setByPath(typed, "copies", "010", schema).ok());  // decimal, never octal
        QVERIFY(setByPath(typed, "inks", "red,black", schema).ok());
        QVERIFY(!setByPath(typed, "inks", "red,blue", schema));
        QVERIFY2(typed == parse(R"({"seed": 18446744073709551615, "copies": 10, "inks": ["red", "black"]})"), typed.dump().c_str());
    }
    void whatAFlagIsCalled() {
        const Schema schema = schemaOf<Order>();
        QCOMPARE(schema.params[0].flag, std::string("what"));
        QVERIFY(schema.params[0].required);
        QCOMPARE(schema.params[2].flag, std::string("--paper-width"));
        QVERIFY(schema.params[6].flag.empty());
    }
    void aTableInsideAnother() {
        const auto parcel = bind<Parcel>(parse(R"({"what": "x", "copies": 4})"));
        QVERIFY(parcel.ok());
        QVERIFY(parcel->order.what == "x" && parcel->order.copies == 4);
        QCOMPARE(toJson(*parcel), toJson(parcel->order));
    }
    void defaultsBind();
    void roundTrip();
    void schemaDescribes();
    void nestedDefaultsAreThoseOfTheOwner();
    void wrongValues_data();
    void wrongValues();
    void versions();
    void setByPathParses();
    void setByPathRefuses();
    void setIsTheSameInEveryLocale();
    void merges();
    void liveValues();
    void visibility();
};

void TestConfig::defaultsBind() {
    const auto bound = bind<Config>(Json::object());
    QVERIFY(bound);
    QCOMPARE(bound->batch, 64);
    QCOMPARE(bound->network.channels, 64);
    QCOMPARE(std::get<Edm>(bound->schedule).sigmaMax, 20.0);
    Json lvalue = Json::object();  // std::bind must not be taken instead
    QVERIFY(bind<Config>(lvalue));
}

void TestConfig::roundTrip() {
    Config config;
    config.network.norm = "none";
    config.schedule = Flow{.shift = 0.3F, .extra = {.channels = 99}};
    config.images = 1'000'000'000'000;
    config.rate = 0.1 + 0.2;
    config.data = "folder:/图像 é\"";
    const Json json = toJson(config);
    QCOMPARE(json["schedule"]["kind"].get<std::string>(), std::string("flow"));
    QVERIFY(json.dump().find("\"shift\":0.3,") != std::string::npos);  // not 0.30000001192...
    const Json again = parseJson(json.dump(), "the test").value();
    const auto bound = bind<Config>(again);
    QVERIFY(bound);
    QCOMPARE(std::get<Flow>(bound->schedule).shift, 0.3F);
    QCOMPARE(std::get<Flow>(bound->schedule).extra.channels, 99);
    QCOMPARE(bound->rate, 0.1 + 0.2);
    QVERIFY(toJson(*bound) == json);
    QVERIFY(toJson(*bound).dump() == json.dump());
    QVERIFY(complete(schemaOf<Config>(), json).value().dump() == json.dump());  // already complete: nothing changes
}

void TestConfig::schemaDescribes() {
    const Schema schema = schemaOf<Config>();
    QCOMPARE(schema.title, std::string("Test"));
    QCOMPARE(schema.version, 3);
    QCOMPARE(schema.params.size(), std::size_t(6));
    const Param& network = schema.params[0];
    QCOMPARE(network.kind, ParamKind::Section);
    QCOMPARE(network.children[0].unit, std::string("channels"));
    QVERIFY(network.children[0].advanced);
    QCOMPARE(network.children[2].kind, ParamKind::Choice);
    const Param& schedule = schema.params[1];
    QCOMPARE(schedule.alternatives.size(), std::size_t(2));
    QCOMPARE(schedule.alternatives[0].label, std::string("EDM (Karras)"));
    QCOMPARE(schedule.alternatives[1].label, std::string("flow"));
    QCOMPARE(*schema.params[4].min, 1e-6);
    QVERIFY(schema.params[4].live && schema.params[4].logScale && !schema.params[2].live);
    QCOMPARE(schema.params[5].kind, ParamKind::Dataset);
    const Json described = toJson(schema);
    QCOMPARE(described["params"][4]["min"].get<double>(), 1e-6);
    QCOMPARE(described["params"][1]["alternatives"][1]["params"][1]["params"][0]["default"].get<int>(), 16);
    QVERIFY(findParam(schema, "schedule.sigma_min"));
    QVERIFY(!findParam(schema, "schedule.shift"));  // EDM is the default
    QCOMPARE((*findParam(schema, "schedule.extra.channels", parse(R"({"schedule":{"kind":"flow"}})")))->key, std::string("channels"));
}

void TestConfig::nestedDefaultsAreThoseOfTheOwner() {
    const Schema schema = schemaOf<Config>();
    QCOMPARE(schema.params[0].children[0].defaultValue.get<int>(), 64);                       // not Network's own 32
    QCOMPARE(schema.params[1].alternatives[0].children[1].defaultValue.get<double>(), 20.0);  // not Edm's own 80
    QCOMPARE(bind<Config>(parse(R"({"network":{"attention":false}})"))->network.channels, 64);
}

void TestConfig::wrongValues_data() {
    QTest::addColumn<QByteArray>("json");
    QTest::addColumn<QByteArray>("field");
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QByteArray>("allowed");
    QTest::newRow("unknown") << QByteArray(R"({"batsh":1})") << QByteArray("batsh") << QByteArray("batsh") << QByteArray("batch, images");
    QTest::newRow("unknown nested") << QByteArray(R"({"network":{"depth":1}})") << QByteArray("network.depth")
                                    << QByteArray("network.depth") << QByteArray("channels, attention, norm");
    QTest::newRow("text for number") << QByteArray(R"({"batch":"64"})") << QByteArray("batch") << QByteArray("\"64\"")
                                     << QByteArray("a whole number from 1 to 4096");
    QTest::newRow("fraction for whole") << QByteArray(R"({"batch":6.5})") << QByteArray("batch") << QByteArray("6.5")
                                        << QByteArray("whole");
    QTest::newRow("out of range") << QByteArray(R"({"batch":0})") << QByteArray("batch") << QByteArray(" 0:")
                                  << QByteArray("from 1 to 4096");
    QTest::newRow("beyond 64 bits") << QByteArray(R"({"images":18446744073709551615})") << QByteArray("images")
                                    << QByteArray("18446744073709551615") << QByteArray("whole number");
    QTest::newRow("nested range") << QByteArray(R"({"network":{"channels":7}})") << QByteArray("network.channels") << QByteArray("7")
                                  << QByteArray("from 8 to 512 (channels)");
    QTest::newRow("bool") << QByteArray(R"({"network":{"attention":1}})") << QByteArray("network.attention") << QByteArray("1")
                          << QByteArray("true or false");
    QTest::newRow("choice") << QByteArray(R"({"network":{"norm":"layer"}})") << QByteArray("network.norm") << QByteArray("layer")
                            << QByteArray("one of: group, none");
    QTest::newRow("section") << QByteArray(R"({"network":3})") << QByteArray("network") << QByteArray("3") << QByteArray("channels");
    QTest::newRow("null") << QByteArray(R"({"rate":null})") << QByteArray("rate") << QByteArray("null") << QByteArray("a number");
    QTest::newRow("real range") << QByteArray(R"({"rate":2})") << QByteArray("rate") << QByteArray("2") << QByteArray("1e-06 to 1");
    QTest::newRow("text") << QByteArray(R"({"data":5})") << QByteArray("data") << QByteArray("5") << QByteArray("a text");
    QTest::newRow("kind") << QByteArray(R"({"schedule":{"kind":"vp"}})") << QByteArray("schedule.kind") << QByteArray("vp")
                          << QByteArray("edm, flow");
    QTest::newRow("kind type") << QByteArray(R"({"schedule":{"kind":[]}})") << QByteArray("schedule.kind") << QByteArray("[]")
                               << QByteArray("edm, flow");
    QTest::newRow("other kind's key") << QByteArray(R"({"schedule":{"kind":"flow","sigma_min":1}})") << QByteArray("schedule.sigma_min")
                                      << QByteArray("sigma_min") << QByteArray("kind, shift");
    QTest::newRow("variant nested") << QByteArray(R"({"schedule":{"kind":"flow","extra":{"channels":1}}})")
                                    << QByteArray("schedule.extra.channels") << QByteArray("1") << QByteArray("8 to 512");
    QTest::newRow("variant as text") << QByteArray(R"({"schedule":"edm"})") << QByteArray("schedule") << QByteArray("edm")
                                     << QByteArray("flow");
    QTest::newRow("future") << QByteArray(R"({"schema":4})") << QByteArray("schema") << QByteArray("4") << QByteArray("3");
    QTest::newRow("schema type") << QByteArray(R"({"schema":"x"})") << QByteArray("schema") << QByteArray("x") << QByteArray("version");
}

void TestConfig::wrongValues() {
    QFETCH(QByteArray, json);
    QFETCH(QByteArray, field);
    QFETCH(QByteArray, value);
    QFETCH(QByteArray, allowed);
    const auto bound = bind<Config>(parse(json.constData()));
    QVERIFY(!bound);
    QCOMPARE(bound.error().field, field.toStdString());
    QCOMPARE(bound.error().code, ErrorCode::BadInput);
    const QByteArray text = QByteArray::fromStdString(bound.error().text());
    QVERIFY2(text.contains(field.split('.').last()), text.constData());
    QVERIFY2(text.contains(value), text.constData());
    QVERIFY2(text.contains(allowed), text.constData());
    QVERIFY2(!text.contains('{') || json.contains('['), text.constData());  // every place was filled
}

void TestConfig::versions() {
    QCOMPARE(bind<Config>(parse(R"({"schema":2,"lr":0.5})"))->rate, 0.5);
    QVERIFY(!bind<Config>(parse(R"({"schema":3,"lr":0.5})")));
    QVERIFY(!bind<Config>(parse(R"({"lr":0.5})")));  // no version: the present one
    QCOMPARE(toJson(Config())["schema"].get<int>(), 3);
    QVERIFY(!bind<Config>(parse("[]")));
}

void TestConfig::setByPathParses() {
    const Schema schema = schemaOf<Config>();
    Json json = Json::object();
    QVERIFY(setByPath(json, "network.channels", "32", schema));
    QVERIFY(setByPath(json, "network.attention", "off", schema));
    QVERIFY(setByPath(json, "rate", "2.5e-4", schema));
    QVERIFY(setByPath(json, "schedule.sigma_min", "0.01", schema));
    QVERIFY(setByPath(json, "schedule.kind", "edm", schema));  // the same kind keeps its fields
    QCOMPARE(bind<Config>(json)->rate, 2.5e-4);
    QCOMPARE(std::get<Edm>(bind<Config>(json)->schedule).sigmaMin, 0.01);
    QVERIFY(setByPath(json, "schedule", "flow", schema));  // another drops them
    QVERIFY(setByPath(json, "schedule.extra.channels", "8", schema));
    QVERIFY(setByPath(json, "data", "a=b.c", schema));
    const auto bound = bind<Config>(json);
    QVERIFY2(bound, bound ? "" : bound.error().text().c_str());
    QCOMPARE(std::get<Flow>(bound->schedule).extra.channels, 8);
    QCOMPARE(bound->data, std::string("a=b.c"));
    QVERIFY(!bound->network.attention);
}

void TestConfig::setByPathRefuses() {
    const Schema schema = schemaOf<Config>();
    const auto refuses = [&](const char* key, const char* text, const char* says) {
        Json json = Json::object();
        const auto result = setByPath(json, key, text, schema);
        if (result) return false;
        const bool named = result.error().text().find(says) != std::string::npos && json.empty();
        if (!named) qWarning("%s", result.error().text().c_str());
        return named && result.error().field.find(std::string(key).substr(0, 4)) == 0;
    };
    QVERIFY(refuses("network.channels", "7", "8 to 512"));
    QVERIFY(refuses("network.channels", "3x", "3x"));
    QVERIFY(refuses("network.channels", "", "whole number"));
    QVERIFY(refuses("network", "3", "channels"));
    QVERIFY(refuses("network.channels.x", "3", "network.channels.x"));
    QVERIFY(refuses("rate", "1e999", "from 1e-06"));
    QVERIFY(refuses("rate", "nan", "from 1e-06"));
    QVERIFY(refuses("rate", "0,1", "0,1"));
    QVERIFY(refuses("network.attention", "maybe", "true or false"));
    QVERIFY(refuses("schedule.kind", "vp", "edm, flow"));
    QVERIFY(refuses("schedule.shift", "1", "sigma_min"));
    QVERIFY(refuses("nothing", "1", "network, schedule"));
    QVERIFY(refuses("network.norm", "x", "group, none"));
    QVERIFY(refuses("network.", "x", "channels"));
}

void TestConfig::setIsTheSameInEveryLocale() {
    const char* changed = std::setlocale(LC_ALL, "de_DE.UTF-8");
    Json json = Json::object();
    QVERIFY(setByPath(json, "rate", "0.25", schemaOf<Config>()));
    QCOMPARE(bind<Config>(json)->rate, 0.25);
    QVERIFY(toJson(Config()).dump().find("0.001") != std::string::npos);
    std::setlocale(LC_ALL, "C");
    if (!changed) QSKIP("no de_DE locale here: checked in the present one only");
}

void TestConfig::merges() {
    const Schema schema = schemaOf<Config>();
    const Json merged =
        mergeJson(schema, parse(R"({"batch":1,"network":{"channels":1,"norm":"none"},"schedule":{"kind":"edm","sigma_min":1}})"),
                  parse(R"({"network":{"norm":"group","x":4},"schedule":{"kind":"flow","shift":2},"b":[1]})"));
    QVERIFY(merged == parse(R"({"batch":1,"network":{"channels":1,"norm":"group","x":4},"schedule":{"kind":"flow","shift":2},"b":[1]})"));
    const Json same = mergeJson(schema, parse(R"({"schedule":{"kind":"edm","sigma_min":1}})"), parse(R"({"schedule":{"sigma_max":9}})"));
    QVERIFY(same == parse(R"({"schedule":{"kind":"edm","sigma_min":1,"sigma_max":9}})"));
    // A section with a setting that is called kind is still a section.
    const Json section = mergeJson(schema, parse(R"({"network":{"kind":"a","channels":1}})"), parse(R"({"network":{"kind":"b"}})"));
    QVERIFY(section == parse(R"({"network":{"kind":"b","channels":1}})"));
}

void TestConfig::liveValues() {
    const Schema schema = schemaOf<Config>();
    const Json now = toJson(Config());
    const auto changed = withLiveValue(schema, now, "rate", 0.5);
    QVERIFY(changed);
    QCOMPARE(bind<Config>(*changed)->rate, 0.5);
    QVERIFY(!withLiveValue(schema, now, "rate", 2));
    const auto refused = withLiveValue(schema, now, "batch", 2);
    QVERIFY(!refused && refused.error().field == "batch" && refused.error().text().find("batch") != std::string::npos);
    QVERIFY(!withLiveValue(schema, now, "schedule.kind", "flow"));
    QVERIFY(!withLiveValue(schema, now, "nothing", 1));
}

void TestConfig::visibility() {
    const Schema schema = schemaOf<Config>();
    Json root = toJson(Config());
    QVERIFY(!isVisible(schema.params[5], root, root));
    root = complete(schema, parse(R"({"schedule":{"kind":"flow"}})")).value();
    QVERIFY(isVisible(schema.params[5], root, root));
    QVERIFY(isVisible(schema.params[0].children[2], root["network"], root));
    root["network"]["attention"] = false;
    QVERIFY(!isVisible(schema.params[0].children[2], root["network"], root));
}

QTEST_APPLESS_MAIN(TestConfig)
#include "tst_config.moc"
