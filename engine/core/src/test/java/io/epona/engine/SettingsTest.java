package io.epona.engine;

import io.epona.codecs.ResultCode;
import io.epona.engine.cluster.Uuid;
import io.epona.engine.log.CleanupPolicy;
import io.epona.engine.log.FlushPolicy;
import io.epona.engine.log.LogConfig;
import io.epona.engine.log.TimestampType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class SettingsTest
{
    private static final Path DOCUMENT = Path.of("../OPERATIONS.md");

    @TempDir
    private Path temp;
    private final List<String> set = new ArrayList<>();

    @AfterEach
    void clear()
    {
        set.forEach(System::clearProperty);
    }

    private void property(final String name, final String value)
    {
        set.add(name);
        System.setProperty(name, value);
    }

    private static String refusal(final Engine.Context ctx)
    {
        final EngineException refusal = assertThrows(EngineException.class, ctx::conclude);
        assertEquals(ResultCode.INVALID_CONFIG, refusal.code());

        return refusal.getMessage();
    }

    @Test
    void shouldTakeSettersOverSystemPropertiesOverTheFileOverDefaults() throws IOException
    {
        final Path file = temp.resolve("epona.properties");
        Files.writeString(
            file, "segment.bytes=128k\nretention.bytes=10m\nindex.interval.bytes=8192\nbroker.id=4\nlisten=x:1\n");
        property("epona.config", file.toString());
        property("epona.segment.bytes", "256K");
        property("epona.retention.bytes", "20m");
        final Engine.Context ctx = new Engine.Context()
            .foreignSettings(List.of("listen"))
            .retentionBytes(30 << 20)
            .conclude();

        assertEquals(256 << 10, ctx.segmentBytes());
        assertEquals(30 << 20, ctx.retentionBytes());
        assertEquals(8192, ctx.indexIntervalBytes());
        assertEquals(4, ctx.brokerId());
        assertEquals(128 << 10, ctx.maxMessageBytes());
        assertEquals(Path.of("epona-data").toAbsolutePath(), ctx.dataDir());
        assertEquals(256 << 10, ctx.topicDefaults().value(Setting.SEGMENT_BYTES));
        assertEquals(8192, ctx.topicDefaults().value(Setting.INDEX_INTERVAL_BYTES));
        assertThrows(IllegalArgumentException.class, () -> ctx.topicDefaults().value(Setting.BROKER_ID));
        assertThrows(IllegalStateException.class, ctx::conclude);
    }

    @Test
    void shouldNameTheNearestSettingForAnUnknownOne()
    {
        property("epona.segment.byte", "65536");
        assertTrue(refusal(new Engine.Context()).endsWith("did you mean epona.segment.bytes?"));
        clear();
        final Properties properties = new Properties();
        properties.setProperty("retention.byte", "1");
        assertTrue(
            refusal(new Engine.Context().properties(properties)).endsWith("did you mean retention.bytes?"));
        assertTrue(
            refusal(new Engine.Context().configFile(temp.resolve("none"))).contains(temp.resolve("none").toString()));
    }

    @Test
    void shouldLeaveThePropertiesOfAClientInTheSameJvmAlone()
    {
        property("epona.client.linger", "1ms");
        assertNotNull(new Engine.Context().conclude().dataDir());
        property("epona.clients.linger", "1ms");
        assertTrue(refusal(new Engine.Context()).contains("epona.clients.linger"));
    }

    @ParameterizedTest
    @CsvSource({
        "segment.bytes, 65535", "segment.bytes, 32k", "segment.bytes, 2g", "segment.bytes, many", "segment.bytes, ''",
        "segment.bytes, 9223372036854775807g", "retention.bytes, -2", "max.message.bytes, 1023",
        "max.message.bytes, 3m", "index.interval.bytes, 0", "broker.id, -1", "flush.policy, often",
        "cleanup.policy, keep", "retention.ms, -2", "segment.ms, 0", "min.cleanable.dirty.ratio, 1.5",
        "max.partitions, 0", "max.topic.requests, 0", "admin.timeout.ms, 0"})
    void shouldRefuseAValueOutOfItsRangeAndSayWhereItWasSet(final String name, final String value)
    {
        property("epona." + name, value);
        final String message = refusal(new Engine.Context());
        assertTrue(message.contains(name) && message.contains("system property epona." + name), message);
        assertTrue(message.contains("it takes "), message);
    }

    @Test
    void shouldRefuseSettersOutOfRange()
    {
        assertTrue(refusal(new Engine.Context().segmentBytes(100_000)).contains("(setter)"));
        assertTrue(refusal(new Engine.Context().brokerId(-5)).contains("broker.id"));
        final EngineException refused = assertThrows(
            EngineException.class, () -> new Engine.Context().topicDefault(Setting.FLUSH_POLICY, "often"));
        assertTrue(refused.getMessage().contains("none or interval or commit"));
    }

    @Test
    void shouldCheckTopicSettings()
    {
        final TopicSettings defaults = new Engine.Context().segmentBytes(1 << 20).conclude().topicDefaults();
        final LogConfig config = TopicSettings.of(
            Map.of(
                "segment.bytes", "64k", "retention.bytes", "5", "index.interval.bytes", "2048", "flush.policy",
                "commit", "cleanup.policy", "compact,delete", "min.cleanable.dirty.ratio", "0.25",
                "message.timestamp.type", "LogAppendTime"),
            defaults).logConfig();
        assertEquals(64 << 10, config.segmentBytes());
        assertEquals(5, config.retentionBytes());
        assertEquals(60 << 10, config.maxMessageBytes());
        assertEquals(2048, config.indexIntervalBytes());
        assertEquals(FlushPolicy.COMMIT, config.flushPolicy());
        assertEquals(CleanupPolicy.COMPACT_DELETE, config.cleanup());
        assertEquals(0.25, config.compaction().minCleanableDirtyRatio());
        assertEquals(TimestampType.LOG_APPEND_TIME, config.timestampType());
        assertEquals(new LogConfig(1 << 20, -1, 128 << 10), defaults.logConfig());
        topicRefusal(Map.of("segment.byte", "64k"), defaults, "segment.bytes");
        topicRefusal(Map.of("broker.id", "1"), defaults, "unknown topic setting");
        topicRefusal(Map.of("segment.bytes", "3"), defaults, "power of two");
        topicRefusal(Map.of("flush.policy", "often"), defaults, "none");
        topicRefusal(Map.of("max.message.bytes", "200k"), defaults, "above the broker's");
        topicRefusal(Map.of("max.message.bytes", "64k", "segment.bytes", "64k"), defaults, "raise segment.bytes");
    }

    private static void topicRefusal(
        final Map<String, String> config, final TopicSettings defaults, final String expected)
    {
        final EngineException refusal =
            assertThrows(EngineException.class, () -> TopicSettings.of(config, defaults));
        assertEquals(ResultCode.INVALID_CONFIG, refusal.code());
        assertTrue(refusal.getMessage().contains(expected), refusal.getMessage());
    }

    @Test
    void shouldStandInTheDocumentWithNameDefaultAndRange() throws IOException
    {
        final List<String> rows = Files.readAllLines(DOCUMENT).stream()
            .filter((line) -> line.startsWith("| `")).toList();
        for (final Setting setting : Setting.values())
        {
            final String expected = "| `" + setting.settingName() + "` | `" + setting.defaultValue() + "` | " +
                setting.range() + " | " + (setting.isOfTopic() ? "yes" : "no") + " |";
            assertNotNull(
                rows.stream().filter((row) -> row.startsWith(expected)).findAny().orElse(null), "missing: " + expected);
        }
    }

    @Test
    void shouldMakeDifferentIdentities()
    {
        assertNotEquals(Uuid.random(), Uuid.random());
        assertEquals("0000000000000001000000000000000f", new Uuid(1, 15).toString());
    }
}
