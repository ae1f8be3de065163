package io.epona.broker.cli;

import io.epona.codecs.batch.Record;
import io.epona.codecs.batch.RecordBatchDescriptor;
import io.epona.engine.DirectoryInspector;
import io.epona.engine.log.LogFinding;
import io.epona.engine.log.LogSummary;
import io.epona.engine.log.SegmentInfo;
import org.agrona.DirectBuffer;

import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/**
 * Writes what is in logs, in lines for people or as one JSON object a line.
 * <p>
 * Owned by one thread.
 */
final class LogReport implements AutoCloseable
{
    private static final int BUFFER_LENGTH = 64 * 1024;
    private static final long NS_PER_S = 1_000_000_000L;

    private final PrintStream out;
    private final boolean isJson;
    private final JsonLine json = new JsonLine();

    LogReport(final PrintStream out, final boolean isJson)
    {
        this.out = new PrintStream(new BufferedOutputStream(out, BUFFER_LENGTH), false, StandardCharsets.UTF_8);
        this.isJson = isJson;
    }

    void segment(final SegmentInfo segment)
    {
        line(isJson ?
            json.begin("segment")
                .put("file", segment.file().toString())
                .put("topicId", topicId(segment.topicId()))
                .put("partition", segment.partition())
                .put("baseOffset", segment.baseOffset())
                .put("created", segment.createdNs())
                .put("fileLength", segment.fileLength())
                .put("reused", segment.isReused())
                .end() :
            "segment " + segment.file() + "  topic id " + Long.toHexString(segment.topicId()) + "  partition " +
            segment.partition() + "  base offset " + segment.baseOffset() + "  created " +
            instant(segment.createdNs()) + "  " + segment.fileLength() + " bytes" +
            (segment.isReused() ? "  reused" : ""));
    }

    void batch(final long position, final DirectBuffer buffer, final int index)
    {
        final int attributes = RecordBatchDescriptor.attributes(buffer, index);
        final boolean isCompacted = 0 != (attributes & RecordBatchDescriptor.COMPACTED_FLAG);
        final boolean isControl = 0 != (attributes & RecordBatchDescriptor.CONTROL_FLAG);
        final long producerId = RecordBatchDescriptor.producerId(buffer, index);
        final long lastOffset = RecordBatchDescriptor.nextOffset(buffer, index) - 1;
        if (isJson)
        {
            line(json.begin("batch")
                .put("baseOffset", RecordBatchDescriptor.baseOffset(buffer, index))
                .put("lastOffset", lastOffset)
                .put("position", position)
                .put("length", RecordBatchDescriptor.length(buffer, index))
                .put("leaderEpoch", RecordBatchDescriptor.leaderEpoch(buffer, index))
                .put("appendTimestamp", RecordBatchDescriptor.appendTimestamp(buffer, index))
                .put("baseTimestamp", RecordBatchDescriptor.baseTimestamp(buffer, index))
                .put("maxTimestamp", RecordBatchDescriptor.maxTimestamp(buffer, index))
                .put("records", RecordBatchDescriptor.recordCount(buffer, index))
                .put("producerId", producerId)
                .put("producerEpoch", RecordBatchDescriptor.producerEpoch(buffer, index))
                .put("baseSequence", RecordBatchDescriptor.baseSequence(buffer, index))
                .put("compacted", isCompacted)
                .put("control", isControl)
                .put("headerCrc", crc(RecordBatchDescriptor.headerCrc(buffer, index)))
                .put("bodyCrc", crc(RecordBatchDescriptor.bodyCrc(buffer, index)))
                .end());
            return;
        }

        line("batch " + RecordBatchDescriptor.baseOffset(buffer, index) + " to " + lastOffset +
            "  position " + position + "  " + RecordBatchDescriptor.length(buffer, index) + " bytes  epoch " +
            RecordBatchDescriptor.leaderEpoch(buffer, index) + "  appended " +
            instant(RecordBatchDescriptor.appendTimestamp(buffer, index)) + "  records " +
            RecordBatchDescriptor.recordCount(buffer, index) +
            (RecordBatchDescriptor.NO_PRODUCER_ID == producerId ? "" :
            "  producer " + producerId + " epoch " + RecordBatchDescriptor.producerEpoch(buffer, index) +
            " sequence " + RecordBatchDescriptor.baseSequence(buffer, index)) +
            (isCompacted ? "  compacted" : "") + (isControl ? "  control" : ""));
    }

    void record(final Record record)
    {
        final byte[] key = bytes(record, record.keyIndex(), record.keyLength());
        final byte[] value = bytes(record, record.valueIndex(), record.valueLength());
        if (isJson)
        {
            json.begin("record").put("offset", record.offset()).put("timestamp", record.timestampNs());
            putBytes("key", key);
            putBytes("value", value);
            line(json.end());
            return;
        }

        line("  " + record.offset() + "  " + instant(record.timestampNs()) +
            (null == key ? "" : "  key " + shown(key)) + "  value " + (null == value ? "null" : shown(value)));
    }

    void finding(final LogFinding finding)
    {
        final String severity = finding.kind().severity().name().toLowerCase(Locale.ROOT);
        final String kind = finding.kind().name().toLowerCase(Locale.ROOT).replace('_', '-');
        if (isJson)
        {
            line(json.begin("finding")
                .put("severity", severity)
                .put("kind", kind)
                .put("file", finding.file().toString())
                .put("offset", finding.offset())
                .put("position", finding.position())
                .put("length", finding.length())
                .put("text", finding.text())
                .end());
            return;
        }

        final boolean isTorn = LogFinding.Kind.TORN_TAIL == finding.kind();
        line((isTorn ? "torn tail: " + finding.length() + " bytes at " : severity + ": ") + finding.file() +
            (finding.offset() < 0 ? "" : " offset " + finding.offset() + " position " + finding.position()) + ": " +
            finding.text());
    }

    void summary(final DirectoryInspector.Log log, final LogSummary summary)
    {
        if (isJson)
        {
            line(json.begin("log")
                .put("directory", log.directory().toString())
                .put("topic", log.topic())
                .put("topicId", topicId(log.topicId()))
                .put("partition", log.partition())
                .put("segments", summary.segments())
                .put("batches", summary.batches())
                .put("records", summary.records())
                .put("bytes", summary.bytes())
                .put("logStart", summary.logStart())
                .put("logEnd", summary.logEnd())
                .put("lastEpoch", summary.lastEpoch())
                .put("damaged", summary.isDamaged())
                .end());
            return;
        }

        line((summary.isDamaged() ? "DAMAGED  " : "ok  ") + (null == log.only() ? log.directory() : log.only()) + "  " +
            counted(summary.segments(), "segment") + "  offsets " + summary.logStart() + " to " + summary.logEnd() +
            "  " + counted(summary.batches(), "batch") + "  " + summary.bytes() + " bytes");
    }

    void total(final String state, final int logs, final int damagedLogs, final int damagedFiles, final long bytes)
    {
        final int damaged = damagedLogs + damagedFiles;
        line(isJson ?
            json.begin("summary")
                .put("state", state)
                .put("logs", logs)
                .put("damagedLogs", damagedLogs)
                .put("damagedFiles", damagedFiles)
                .put("bytes", bytes)
                .put("damaged", damaged > 0)
                .end() :
            (0 == damaged ? "ok: " : "DAMAGED: " + damagedLogs + " of ") + counted(logs, "log") +
            (0 == damagedFiles ? "" : " and " + counted(damagedFiles, "other file")) + ", " + bytes + " bytes" +
            describe(state));
    }

    private static String describe(final String state)
    {
        return switch (state)
        {
            case "live" -> ", an engine is running";
            case "clean" -> ", closed in order";
            case "killed" -> ", not closed in order: the next start recovers";
            default -> "";
        };
    }

    static String counted(final long count, final String what)
    {
        return count + " " + what + (1 == count ? "" : what.endsWith("ch") ? "es" : "s");
    }

    private void line(final String text)
    {
        out.print(text);
        out.print('\n');
    }

    private void putBytes(final String name, final byte[] bytes)
    {
        final String text = null == bytes ? null : utf8(bytes);
        if (null != bytes && null == text)
        {
            json.put(name + "Base64", Base64.getEncoder().encodeToString(bytes));
        }
        else
        {
            json.put(name, text);
        }
    }

    /** As text where it is printable, else in hexadecimal digits. */
    private static String shown(final byte[] bytes)
    {
        final String text = utf8(bytes);
        return null == text || text.chars().anyMatch(Character::isISOControl) ?
            "0x" + HexFormat.of().formatHex(bytes) : text;
    }

    private static String utf8(final byte[] bytes)
    {
        try
        {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        }
        catch (final CharacterCodingException ex)
        {
            // These bytes are no text.
            return null;
        }
    }

    private static byte[] bytes(final Record record, final int index, final int length)
    {
        if (length < 0)
        {
            return null;
        }
        final byte[] bytes = new byte[length];
        record.buffer().getBytes(index, bytes);
        return bytes;
    }

    private static String topicId(final long topicId)
    {
        return HexFormat.of().toHexDigits(topicId);
    }

    private static String crc(final int crc)
    {
        return HexFormat.of().toHexDigits(crc);
    }

    private static Instant instant(final long epochNs)
    {
        return Instant.ofEpochSecond(Math.floorDiv(epochNs, NS_PER_S), Math.floorMod(epochNs, NS_PER_S));
    }

    @Override
    public void close()
    {
        out.flush();
    }
}
