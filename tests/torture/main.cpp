// SPDX-License-Identifier: MIT
#include "command.h"

#include <QCoreApplication>

int main(int argc, char **argv)
{
    const QCoreApplication application(argc, argv);
    return InfraTest::Command::dispatch("infra-torture", application.arguments());
}
