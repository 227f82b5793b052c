// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "session/session.h"

#include <QAbstractItemModel>

#include <memory>
#include <vector>

namespace InfraConsole {

// Thread safety: belongs to the GUI thread.
//
// The keys of a region as a tree of their segments ("order:" > "7:"), of which only opened branches are read. A branch
// is found by jumping: read a few keys, note their next segment, go on behind its last possible key. So a branch costs a
// few queries for each child, however many keys lie below. Reading stops after a bounded effort; a last child "More…"
// then stands for the rest.
class PrefixTreeModel : public QAbstractItemModel
{
    Q_OBJECT

public:
    // `session` must outlive the model.
    explicit PrefixTreeModel(Session &session, QObject *parent = nullptr);
    ~PrefixTreeModel() override;

    // The tree is one item, the region, with its branches below it; an empty region empties the tree.
    void setRegion(const QByteArray &region);

    // What all keys below begin with; empty for the region itself.
    [[nodiscard]] QByteArray prefix(const QModelIndex &index) const;
    // The item that stands for branches not read yet.
    [[nodiscard]] bool isMore(const QModelIndex &index) const;
    // Reads the branches below `index` if that has not happened, or goes on from its "More…".
    void load(const QModelIndex &index);
    [[nodiscard]] bool isLoading() const { return m_pending > 0; }

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex &parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex &child) const override;
    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] bool hasChildren(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

Q_SIGNALS:
    void loadingChanged();

private:
    struct Node;
    [[nodiscard]] Node *nodeOf(const QModelIndex &index) const;
    [[nodiscard]] QModelIndex indexOf(const Node *node) const;
    void step(Node *node, int generation);
    void take(Node *node, const EntryPage &page);
    void finish(Node *node, bool complete);

    Session &m_session;
    QByteArray m_region;
    std::unique_ptr<Node> m_root;
    int m_generation = 0;
    int m_pending = 0;
};

} // namespace InfraConsole
