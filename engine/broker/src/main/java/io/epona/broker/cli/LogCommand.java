package io.epona.broker.cli;

import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.codecs.batch.RecordCursor;
import io.epona.engine.DirectoryInspector;
import io.epona.engine.EngineException;
import io.epona.engine.log.LogFinding;
import io.epona.engine.log.LogSummary;
import io.epona.engine.log.LogVisitor;
import io.epona.engine.log.SegmentInfo;
import org.agrona.DirectBuffer;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/**
 * Looks at the files of logs. Reads only: nothing is created, changed or locked, and an engine may be running.
 */
@Command(
    name = "log",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "(dump | verify)",
    description = "Show and check the files of logs, of a running or a stopped engine, without changing anything.")
final class LogCommand implements Runnable
{
    @Spec
    private CommandSpec spec;

    static CommandLine commandLine(final Terminal terminal)
    {
        return new CommandLine(new LogCommand())
            .addSubcommand(new Dump(terminal))
            .addSubcommand(new Verify(terminal));
    }

    @Override
    public void run()
    {
        throw new CommandLine.ParameterException(spec.commandLine(), "say what to do: dump or verify");
    }

    /** What both commands are given. */
    private abstract static class Inspection implements Callable<Integer>
    {
        @Parameters(
            index = "0",
            paramLabel = "DIR",
            description = "A data directory, the directory of a partition in it, or one .log file.")
        private Path path;

        @Option(names = "--json", description = "Write one JSON object a line.")
        private boolean isJson;

        @Option(
            names = "--live",
            description = "An engine is running on it although that cannot be seen from here (another container).")
        private boolean isLive;

        private final Terminal terminal;

        private Inspection(final Terminal terminal)
        {
            this.terminal = terminal;
        }

        @Override
        public Integer call()
        {
            try (LogReport report = new LogReport(terminal.out(), isJson))
            {
                return inspect(open(), report);
            }
            catch (final EngineException ex)
            {
                throw new CommandException(ExitCodes.of(ex.code()), ex.getMessage());
            }
            catch (final IOException ex)
            {
                throw new CommandException(ExitCodes.INFRASTRUCTURE, "cannot read " + path + ": " + ex);
            }
        }

        DirectoryInspector open() throws IOException
        {
            return DirectoryInspector.open(path, isLive);
        }

        Terminal terminal()
        {
            return terminal;
        }

        abstract int inspect(DirectoryInspector directory, LogReport report) throws IOException;
    }

    @Command(
        name = "verify",
        mixinStandardHelpOptions = true,
        description = {
            "Read every segment and check headers, both checksums of every batch, offsets and epochs.",
            "Exit code 0: as it should be, or as a crash leaves it. 4: records are damaged or lost." })
    private static final class Verify extends Inspection
    {
        /** What retention or compaction change under the reader looks right at the next look. */
        private static final int LIVE_ATTEMPTS = 3;

        private Verify(final Terminal terminal)
        {
            super(terminal);
        }

        @Override
        int inspect(final DirectoryInspector found, final LogReport report) throws IOException
        {
            DirectoryInspector directory = found;
            int damagedFiles = 0;
            int damagedLogs = 0;
            long bytes = 0;
            for (final LogFinding finding : directory.findings())
            {
                report.finding(finding);
                damagedFiles += LogFinding.Severity.DAMAGE == finding.kind().severity() ? 1 : 0;
            }
            for (final DirectoryInspector.Log log : found.logs())
            {
                if (terminal().stop().isRequested())
                {
                    throw new CommandException(ExitCodes.INFRASTRUCTURE, "stopped before everything was read");
                }
                LogSummary summary = log.inspector(LogVisitor.NONE).inspect();
                for (int attempt = 1; summary.isDamaged() && attempt < LIVE_ATTEMPTS; attempt++)
                {
                    // An engine may have started meanwhile, and then everything that is open may move.
                    directory = open();
                    if (DirectoryInspector.State.LIVE != directory.state())
                    {
                        break;
                    }
                    summary = again(directory, log, summary);
                }
                summary.findings().forEach(report::finding);
                report.summary(log, summary);
                damagedLogs += summary.isDamaged() ? 1 : 0;
                bytes += summary.bytes();
            }
            report.total(
                directory.state().name().toLowerCase(Locale.ROOT), found.logs().size(), damagedLogs, damagedFiles,
                bytes);

            return 0 == damagedLogs + damagedFiles ? ExitCodes.OK : ExitCodes.VIOLATION;
        }

        private static LogSummary again(
            final DirectoryInspector directory, final DirectoryInspector.Log log, final LogSummary seen)
            throws IOException
        {
            for (final DirectoryInspector.Log now : directory.logs())
            {
                if (now.directory().equals(log.directory()))
                {
                    return now.inspector(LogVisitor.NONE).inspect();
                }
            }
            return seen;
        }
    }

    @Command(
        name = "dump",
        mixinStandardHelpOptions = true,
        description = "Show the segments and batches of logs, and with --values their records.")
    private static final class Dump extends Inspection
    {
        @Option(names = "--from", paramLabel = "OFFSET", description = "Leave out batches that end before this offset.")
        private long from;

        @Option(names = "--max-records", paramLabel = "N", description = "Stop each log after this many records.")
        private long maxRecords = Long.MAX_VALUE;

        @Option(names = "--values", description = "Show each record with its key and value.")
        private boolean isValues;

        private Dump(final Terminal terminal)
        {
            super(terminal);
        }

        @Override
        int inspect(final DirectoryInspector directory, final LogReport report) throws IOException
        {
            if (from < 0 || maxRecords < 1)
            {
                throw new CommandException(
                    ExitCodes.USAGE, "--from takes an offset from 0, --max-records a number from 1");
            }

            boolean isDamaged = false;
            for (final DirectoryInspector.Log log : directory.logs())
            {
                final LogSummary summary = log.inspector(new Printer(report)).from(from).inspect();
                summary.findings().forEach(report::finding);
                isDamaged |= summary.isDamaged();
                if (isOver())
                {
                    break;
                }
            }

            return isDamaged ? ExitCodes.VIOLATION : ExitCodes.OK;
        }

        /** Somebody wants us to end, or whoever read our output has seen enough ('| head'). */
        private boolean isOver()
        {
            return terminal().stop().isRequested() || terminal().out().checkError();
        }

        private final class Printer implements LogVisitor
        {
            private static final int CHECK_INTERVAL = 256;

            private final LogReport report;
            private final RecordCursor cursor = new RecordCursor();
            private long records;
            private int batches;

            private Printer(final LogReport report)
            {
                this.report = report;
            }

            @Override
            public void onSegment(final SegmentInfo segment)
            {
                report.segment(segment);
            }

            @Override
            public boolean onBatch(
                final SegmentInfo segment,
                final long position,
                final DirectBuffer buffer,
                final int index,
                final int length)
            {
                report.batch(position, buffer, index);
                if (isValues)
                {
                    cursor.wrap(buffer, index);
                    while (records < maxRecords && cursor.next())
                    {
                        if (cursor.offset() >= from)
                        {
                            report.record(cursor);
                            records++;
                        }
                    }
                }
                else
                {
                    records += RecordBatchDescriptor.recordCount(buffer, index);
                }

                return records < maxRecords && (0 != ++batches % CHECK_INTERVAL || !isOver());
            }
        }
    }
}
