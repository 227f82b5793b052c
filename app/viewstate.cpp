// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewstate.h"

#include "pages/page.h"
#include "settings.h"
#include "widgets/datatable.h"

#include <QSplitter>

namespace InfraConsole {

namespace {

constexpr char Arranged[] = "arrangedByOperator";

QString keyOf(const Page &page, const QWidget &part)
{
    return QStringLiteral("%1/%2").arg(static_cast<int>(page.id())).arg(part.objectName());
}

} // namespace

void restoreViewState(const Settings &settings, Page &page)
{
    bool restored = false;
    for (QSplitter *const splitter : page.findChildren<QSplitter *>()) {
        if (splitter->objectName().isEmpty())
            continue;
        const QByteArray state = settings.viewState(keyOf(page, *splitter));
        if (!state.isEmpty() && splitter->restoreState(state)) {
            splitter->setProperty(Arranged, true);
            restored = true;
        }
        // What restoring brings along is not the page's own choice.
        splitter->setChildrenCollapsible(false);
        QObject::connect(splitter, &QSplitter::splitterMoved, splitter, [splitter] { splitter->setProperty(Arranged, true); });
    }
    for (DataTable *const table : page.findChildren<DataTable *>()) {
        const QByteArray state = settings.viewState(keyOf(page, *table));
        if (!state.isEmpty())
            table->restoreHeader(state);
    }
    if (restored)
        page.noteArranged();
}

void saveViewState(Settings &settings, const Page &page)
{
    for (const QSplitter *const splitter : page.findChildren<QSplitter *>()) {
        if (!splitter->objectName().isEmpty() && splitter->property(Arranged).toBool())
            settings.setViewState(keyOf(page, *splitter), splitter->saveState());
    }
    for (const DataTable *const table : page.findChildren<DataTable *>()) {
        if (table->isHeaderArranged())
            settings.setViewState(keyOf(page, *table), table->saveHeader());
    }
}

} // namespace InfraConsole
