// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "models/tablemodel.h"
#include "session/session.h"

namespace InfraConsole {

// Which keys of a region are listed; empty parts do not filter.
struct KeyFilter
{
    QByteArray prefix;
    QByteArray pattern; // As Target::glob().
    QByteArray tag;

    friend bool operator==(const KeyFilter &, const KeyFilter &) = default;
};

// Thread safety: belongs to the GUI thread.
//
// The keys of a region in key order, read a page at a time when the view nears its end; a region of millions of keys
// costs what was looked at. Patterns and tags are filtered while pages pass by, so a rare tag may take many pages:
// scannedCount() tells how far it has come, stop() ends it. At most MaximumRows are listed.
class KeyTableModel : public QAbstractTableModel
{
    Q_OBJECT

public:
    static constexpr int MaximumRows = 100'000;
    enum Column { Key, Size, Expires, Stored, Tags, ColumnCount };

    // `session` must outlive the model.
    explicit KeyTableModel(Session &session, QObject *parent = nullptr);
    ~KeyTableModel() override;

    // Starts again at the first page. An empty region lists nothing.
    void setSource(const QByteArray &region, const KeyFilter &filter);
    void reload();
    void stop();
    // Behind an error: goes on where it was.
    void resume();

    [[nodiscard]] const std::vector<TableColumn> &columns() const { return m_columns; }
    [[nodiscard]] const Infra::EntryInfo &entry(int row) const { return m_entries.at(static_cast<std::size_t>(row)); }
    [[nodiscard]] bool isLoading() const { return m_loading; }
    // All keys are listed.
    [[nodiscard]] bool isComplete() const { return m_complete; }
    [[nodiscard]] bool isFull() const { return rowCount() >= MaximumRows; }
    [[nodiscard]] std::uint64_t scannedCount() const { return m_scanned; }
    // Why the next page could not be read; rows of pages before it stay listed.
    [[nodiscard]] std::optional<Infra::Error> error() const { return m_error; }

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    [[nodiscard]] bool canFetchMore(const QModelIndex &parent) const override;
    void fetchMore(const QModelIndex &parent) override;

Q_SIGNALS:
    // Loading began, went on or ended.
    void progressed();

private:
    void requestPage();
    void takePage(const EntryPage &page);
    [[nodiscard]] bool matches(const Infra::EntryInfo &entry) const;
    [[nodiscard]] TableCell cell(const Infra::EntryInfo &entry, int column) const;
    [[nodiscard]] static QString timeText(const Infra::EntryInfo &entry, int column, SystemTime now);
    [[nodiscard]] static QString neverText();

    Session &m_session;
    std::vector<TableColumn> m_columns;
    QByteArray m_region;
    KeyFilter m_filter;
    std::vector<Infra::EntryInfo> m_entries;
    QByteArray m_last;
    std::uint64_t m_scanned = 0;
    std::optional<Infra::Error> m_error;
    int m_generation = 0;
    int m_wantedRows = 0;
    bool m_loading = false;
    bool m_complete = true;
};

} // namespace InfraConsole
