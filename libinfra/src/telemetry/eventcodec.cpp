// SPDX-License-Identifier: MIT
#include "eventcodec.h"

#include "bytecodec.h"

namespace Infra::Detail {

namespace {

constexpr std::uint8_t EventMagic = 'J';
constexpr std::uint8_t EventVersion = 1;
constexpr qsizetype MaximumTargetText = 256;
constexpr qsizetype MaximumPayload = 64 * 1024;

template<class Enum>
void writeEnum(ByteWriter &writer, Enum value)
{
    writer.byte(static_cast<std::uint8_t>(value));
}

template<class Enum>
Enum readEnum(ByteReader &reader, Enum last)
{
    const std::uint8_t value = reader.byte();
    if (value > static_cast<std::uint8_t>(last))
        reader.invalidate();
    return static_cast<Enum>(value);
}

void writeString(ByteWriter &writer, const QString &value)
{
    const QByteArray text = value.toUtf8();
    writer.text(QByteArrayView(text).first(std::min<qsizetype>(text.size(), Journal::MaximumText)));
}

QString readString(ByteReader &reader)
{
    return QString::fromUtf8(reader.text(Journal::MaximumText));
}

void writeBody(ByteWriter &writer, const InvalidationEvent &event)
{
    writeString(writer, event.actor);
    writer.text(QByteArrayView(event.region).first(std::min<qsizetype>(event.region.size(), Journal::MaximumText)));
    writeEnum(writer, event.target);
    writer.text(QByteArrayView(event.text).first(std::min(event.text.size(), MaximumTargetText)));
    writer.number(event.entries);
    writer.number(event.bytes);
}

void readBody(ByteReader &reader, InvalidationEvent &event)
{
    event.actor = readString(reader);
    event.region = reader.text(Journal::MaximumText).toByteArray();
    event.target = readEnum(reader, Target::Kind::Everything);
    event.text = reader.text(MaximumTargetText).toByteArray();
    event.entries = reader.number();
    event.bytes = reader.number();
}

void writeBody(ByteWriter &writer, const InstanceEvent &event)
{
    writeEnum(writer, event.change);
    writeString(writer, event.service);
    writer.signedNumber(event.processId);
    writeString(writer, event.version);
}

void readBody(ByteReader &reader, InstanceEvent &event)
{
    event.change = readEnum(reader, InstanceEvent::Change::Stopped);
    event.service = readString(reader);
    event.processId = reader.signedNumber();
    event.version = readString(reader);
}

void writeBody(ByteWriter &writer, const HealthChangeEvent &event)
{
    for (const QString *text : {&event.service, &event.from, &event.to, &event.reason})
        writeString(writer, *text);
}

void readBody(ByteReader &reader, HealthChangeEvent &event)
{
    for (QString *text : {&event.service, &event.from, &event.to, &event.reason})
        *text = readString(reader);
}

void writeBody(ByteWriter &writer, const NoteEvent &event)
{
    writeEnum(writer, event.severity);
    writeString(writer, event.subject);
    writeString(writer, event.text);
}

void readBody(ByteReader &reader, NoteEvent &event)
{
    event.severity = readEnum(reader, NoteEvent::Severity::Problem);
    event.subject = readString(reader);
    event.text = readString(reader);
}

template<class Event>
JournalEvent::Body readAs(ByteReader &reader)
{
    Event event;
    readBody(reader, event);
    return event;
}

} // namespace

QByteArray encodeEvent(const JournalEvent::Body &body)
{
    QByteArray payload;
    ByteWriter writer(payload);
    writer.byte(EventMagic);
    writer.byte(EventVersion);
    writer.byte(static_cast<std::uint8_t>(body.index()));
    std::visit([&](const auto &event) { writeBody(writer, event); }, body);
    return sealed(std::move(payload));
}

std::optional<JournalEvent::Body> decodeEvent(QByteArrayView payload)
{
    if (payload.size() > MaximumPayload)
        return std::nullopt;
    const auto content = unsealed(payload);
    if (!content)
        return std::nullopt;
    ByteReader reader(*content);
    if (reader.byte() != EventMagic || reader.byte() != EventVersion)
        return std::nullopt;
    constexpr JournalEvent::Body (*readers[])(ByteReader &) = {
        &readAs<InvalidationEvent>, &readAs<InstanceEvent>, &readAs<HealthChangeEvent>, &readAs<NoteEvent>};
    static_assert(std::size(readers) == std::variant_size_v<JournalEvent::Body>);
    const std::uint8_t kind = reader.byte();
    if (kind >= std::size(readers))
        return std::nullopt;
    JournalEvent::Body body = readers[kind](reader);
    return reader.isValid() && reader.atEnd() ? std::optional(std::move(body)) : std::nullopt;
}

} // namespace Infra::Detail
