// SPDX-License-Identifier: GPL-3.0-or-later
#include "exporter.h"

#include "widgets/savefile.h"

#include <QCoreApplication>
#include <QMenu>

namespace InfraConsole {

namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(InfraConsole::Exporter)
};

} // namespace

void exportItems(QWidget *page, const std::vector<ExportItem> &items, const std::function<void(const QString &)> &announce)
{
    if (items.empty()) {
        announce(Text::tr("There is nothing to export on this page."));
        return;
    }
    auto *const menu = new QMenu(page);
    menu->setObjectName(QStringLiteral("exportMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    for (const ExportItem &item : items) {
        for (const QString &suffix : item.suffixes) {
            //: %1 is a table or chart, %2 a format: CSV.
            QAction *const action = menu->addAction(Text::tr("%1 as %2…").arg(item.title, suffix.toUpper()));
            QObject::connect(action, &QAction::triggered, page, [page, item, suffix, announce] {
                saveAs(page, item.title, suffix, [item, suffix] { return item.render(suffix); }, announce);
            });
        }
    }
    menu->popup(page->mapToGlobal(QPoint(page->width() - menu->sizeHint().width() - 16, 0)));
}

} // namespace InfraConsole
