package io.epona.loadgen.report;

import com.fasterxml.jackson.databind.JsonNode;
import io.epona.loadgen.driver.Drivers;
import io.epona.loadgen.driver.LoadDriver;
import io.epona.loadgen.driver.NullDriver;
import io.epona.loadgen.load.Latencies;
import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioReader;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

class RunSessionTest
{
    private static final List<String> SHORT = List.of(
        "phases.warmup=100ms", "phases.measure=400ms", "phases.drain=20s", "load.rate=20k/s", "engine.idle=backoff",
        "topology.partitions=3", "engine.topic.segment.bytes=1MiB", "engine.topic.retention.bytes=16MiB");

    @TempDir
    private Path out;

    @ParameterizedTest
    @CsvSource({
        "null, ipc, auto, auto",
        "aeron-echo, ipc, one-thread, auto",
        "aeron-echo, udp, two-threads, auto",
        "embedded, ipc, one-thread, auto",
        "embedded, ipc, two-threads, auto",
        "inproc, ipc, one-thread, auto",
        "inproc, ipc, two-threads, auto",
        "ipc, ipc, one-thread, auto",
        "ipc, ipc, two-threads, auto",
        "udp, ipc, one-thread, in-process",
        "udp, ipc, auto, process",
    })
    void aShortOpenRunDeliversEveryRecordOnce(
        final String driver, final String transport, final String composition, final String broker) throws Exception
    {
        final RunSession.Outcome outcome = run(List.of(
            "driver.use=" + driver, "driver.transport=" + transport, "engine.composition=" + composition,
            "engine.broker=" + broker));

        assertEquals("PASS", outcome.verdict().word(), outcome.verdict().reasons().toString());
        final JsonNode verify = outcome.summary().get("verify");
        assertEquals(10_000, verify.get("accepted").asLong());
        assertEquals(10_000, verify.get("acked").asLong());
        assertEquals(10_000, verify.get("delivered").asLong());
        assertEquals(8_000, outcome.summary().get("latencyNs").get("e2e").get("count").asLong());
        assertReportedNothing(outcome);
        assertEquals(List.of(), FolderVerifier.verify(outcome.folder().dir()));
        assertFalse(Files.exists(outcome.folder().dir().resolve("work")), "the data is removed");
    }

    @ParameterizedTest
    @CsvSource({
        "null, flood", "embedded, flood", "inproc, flood", "ipc, flood", "udp, flood",
        "embedded, closed", "inproc, closed", "ipc, closed"})
    void floodAndClosedRunsDeliverEveryRecordOnce(final String driver, final String mode) throws Exception
    {
        final Scenario scenario = ScenarioReader.read("name: short\nload: {mode: " + mode + ", backlog: 256KiB}",
            List.of("driver.use=" + driver, "phases.warmup=100ms", "phases.measure=400ms", "phases.drain=20s",
            "engine.topic.segment.bytes=1MiB", "engine.topic.retention.bytes=64MiB", "engine.idle=backoff"));
        final RunSession.Outcome outcome = new RunSession(out, null, false, true).run(scenario);

        assertEquals("PASS", outcome.verdict().word(), outcome.verdict().reasons().toString());
        assertTrue(outcome.summary().get("verify").get("delivered").asLong() > 0);
        assertReportedNothing(outcome);
        assertEquals(
            "flood".equals(mode), 0 == outcome.summary().get("latencyNs").get("e2e").get("count").asLong());
        assertEquals(List.of(), FolderVerifier.verify(outcome.folder().dir()));
    }

    private static void assertReportedNothing(final RunSession.Outcome outcome)
    {
        assertEquals("[]", outcome.summary().get("systemErrors").toString());
    }

    @ParameterizedTest
    @CsvSource({
        "null, open", "embedded, open", "embedded, flood", "inproc, open", "ipc, flood", "udp, open", "udp, flood"})
    void keyedRunsDeliverEveryRecordOnceWithItsKey(final String driver, final String mode) throws Exception
    {
        final Scenario scenario = ScenarioReader.read("name: keyed\nload: {mode: " + mode + ", backlog: 256KiB}",
            List.of("driver.use=" + driver, "phases.warmup=100ms", "phases.measure=400ms", "phases.drain=20s",
            "engine.topic.segment.bytes=1MiB", "engine.topic.retention.bytes=64MiB", "engine.idle=backoff",
            "topology.partitions=3", "message.key={dist: zipf, count: 1000}"));
        final RunSession.Outcome outcome = new RunSession(out, null, false, true).run(scenario);

        assertEquals("PASS", outcome.verdict().word(), outcome.verdict().reasons().toString());
        assertTrue(outcome.summary().get("verify").get("delivered").asLong() > 0);
        assertReportedNothing(outcome);
        assertEquals(List.of(), FolderVerifier.verify(outcome.folder().dir()));
    }

    @Test
    void messagesThatAreDueTogetherAreDeliveredOnce() throws Exception
    {
        final RunSession.Outcome outcome = run(
            List.of("driver.use=null", "load.arrival=bursts", "load.together=50"));

        assertEquals("PASS", outcome.verdict().word(), outcome.verdict().reasons().toString());
        assertEquals(10_000, outcome.summary().get("verify").get("delivered").asLong());
        assertEquals(8_000, outcome.summary().get("latencyNs").get("e2e").get("count").asLong());
    }

    @ParameterizedTest
    @EnumSource(MutatingDriver.Fault.class)
    void oneFaultInAThousandRecordsFailsTheRun(final MutatingDriver.Fault fault) throws Exception
    {
        assertFound(fault, 1_000, List.of(
            "phases.measure=200ms", "load.rate=20k/s", "engine.idle=backoff", "message.key={dist: uniform}"));
    }

    /** A flood of as long as it takes; the fault comes near its end. */
    @ParameterizedTest
    @EnumSource(MutatingDriver.Fault.class)
    @Tag("slow")
    void oneFaultInAHundredMillionRecordsFailsTheRun(final MutatingDriver.Fault fault) throws Exception
    {
        final long delivered = assertFound(fault, 99_999_999, List.of(
            "load={mode: flood}", "phases.measure=30s", "message.size=64", "message.key={dist: uniform}",
            "verify.crc=" + (MutatingDriver.Fault.CORRUPT == fault ? "true" : "sampled")));
        assertTrue(delivered > 100_000_000, () -> "only " + delivered + " records");
    }

    private long assertFound(final MutatingDriver.Fault fault, final long which, final List<String> settings)
        throws Exception
    {
        final List<String> overrides = new ArrayList<>(
            List.of("driver.use=null", "phases.warmup=0", "phases.drain=50ms"));
        overrides.addAll(settings);
        final Scenario scenario = ScenarioReader.read("name: faulty", overrides);
        final RunSession.Outcome outcome = new RunSession(out, null, false, true,
            (ctx) -> new MutatingDriver(new NullDriver(100, 1, 1), fault, which)).run(scenario);

        assertEquals("FAIL", outcome.verdict().word());
        assertEquals(Verdict.VIOLATED, outcome.verdict().exitCode());
        final JsonNode verify = outcome.summary().get("verify");
        assertEquals(MutatingDriver.Fault.DROP == fault ? 1 : 0, verify.get("lost").asLong());
        assertEquals(MutatingDriver.Fault.DUPLICATE == fault ? 1 : 0, verify.get("duplicated").asLong());
        assertEquals(MutatingDriver.Fault.SWAP == fault ? 1 : 0, verify.get("reordered").asLong());
        assertEquals(MutatingDriver.Fault.CORRUPT == fault || MutatingDriver.Fault.REKEY == fault ? 1 : 0,
            verify.get("corrupt").asLong());
        assertEquals(List.of(), FolderVerifier.verify(outcome.folder().dir()));

        return verify.get("delivered").asLong();
    }

    @Test
    void aBrokerThatDiesIsAViolationThatIsStoredAndNothingOfItIsLeft() throws Exception
    {
        final Scenario scenario = ScenarioReader.read("name: dying", List.of(
            "driver.use=udp", "engine.broker=process", "phases.warmup=0", "phases.measure=3s", "phases.drain=1s",
            "load.rate=5k/s", "engine.idle=backoff", "engine.topic.segment.bytes=1MiB"));
        final RunSession.Outcome outcome = new RunSession(out, null, false, true,
            (ctx) -> killedAt(2_000, Drivers.create(ctx))).run(scenario);

        assertEquals("FAIL", outcome.verdict().word());
        assertEquals(Verdict.VIOLATED, outcome.verdict().exitCode());
        assertTrue(outcome.summary().get("verify").get("inDoubt").asLong() > 0, outcome.verdict()::toString);
        assertTrue(outcome.summary().get("verify").get("delivered").asLong() >= 2_000);
        assertEquals(List.of(), FolderVerifier.verify(outcome.folder().dir()));
        assertFalse(Files.exists(outcome.folder().dir().resolve("work")), "the data is removed");
    }

    /** The driver, whose broker is killed when so many records have been delivered. */
    private static LoadDriver killedAt(final int records, final LoadDriver driver)
    {
        final AtomicInteger delivered = new AtomicInteger();
        return (LoadDriver)Proxy.newProxyInstance(
            LoadDriver.class.getClassLoader(), new Class<?>[]{LoadDriver.class}, (proxy, method, arguments) ->
            {
                if (!"newConsumer".equals(method.getName()))
                {
                    return method.invoke(driver, arguments);
                }
                final LoadDriver.RecordSink sink = (LoadDriver.RecordSink)arguments[2];
                return driver.newConsumer((int)arguments[0], (int[])arguments[1], (p, key, buffer, index, length) ->
                {
                    sink.onRecord(p, key, buffer, index, length);
                    if (records == delivered.incrementAndGet())
                    {
                        driver.childProcesses().forEach(
                            (pid) -> ProcessHandle.of(pid).orElseThrow().destroyForcibly());
                    }
                });
            });
    }

    @Test
    void everyTamperedFileIsFound() throws Exception
    {
        final Path dir = run(List.of("driver.use=null")).folder().dir();
        assertEquals(List.of(), FolderVerifier.verify(dir));

        for (final String name : List.of(
            RunFolder.SCENARIO, RunFolder.ENV, RunFolder.HLOG, RunFolder.SERIES))
        {
            final Path file = dir.resolve(name);
            final byte[] original = Files.readAllBytes(file);
            Files.writeString(file, Files.readString(file) + "\n");
            assertFalse(FolderVerifier.verify(dir).isEmpty(), name);
            Files.delete(file);
            assertFalse(FolderVerifier.verify(dir).isEmpty(), name + " missing");
            Files.write(file, original);
        }
        for (final String[] change : new String[][]{
            {"\"p50\" : ", "\"p50\" : 1"},
            {"\"accepted\" : 10000", "\"accepted\" : 10001"},
            {"\"delivered\" : 10000", "\"delivered\" : 9999"},
            {"\"verdict\" : \"PASS\"", "\"verdict\" : \"FAIL\""},
            {"\"bytesPerSecond\" : ", "\"bytesPerSecond\" : 1"},
            {"\"backPressured\" : ", "\"backPressured\" : 1"},
            {"\"schema\" : 1", "\"schema\" : 2"},
            {"\"scenario\" : \"short\"", "\"scenario\" : \"other\""}})
        {
            tamper(dir, change[0], change[1]);
        }
        assertEquals(List.of(), FolderVerifier.verify(dir));
        assertFalse(FolderVerifier.verify(out).isEmpty(), "no run in this folder");
    }

    private static void tamper(final Path dir, final String from, final String to) throws IOException
    {
        final Path file = dir.resolve(RunFolder.SUMMARY);
        final String original = Files.readString(file);
        final String changed = original.replace(from, to);
        assertNotEquals(original, changed, from);
        Files.writeString(file, changed, StandardCharsets.UTF_8);
        assertFalse(FolderVerifier.verify(dir).isEmpty(), to);
        Files.writeString(file, original);
    }

    @Test
    void aPercentileIsNullUnlessTenSamplesLieBeyondIt()
    {
        final Histogram histogram = new Histogram(1, Latencies.MAX_NS, Latencies.DIGITS);
        histogram.recordValueWithCount(100, 19);
        assertNull(Percentiles.value(histogram, "p50"));
        histogram.recordValue(100);
        assertEquals(100, Percentiles.value(histogram, "p50"));
        assertNull(Percentiles.value(histogram, "p90"));
        histogram.recordValueWithCount(200, 979);
        assertNull(Percentiles.value(histogram, "p99"));
        histogram.recordValue(200);
        assertEquals(200, Percentiles.value(histogram, "p99"));
        assertNull(Percentiles.value(histogram, "p99_9"));
        histogram.recordValueWithCount(200, 99_000);
        assertEquals(200, Percentiles.value(histogram, "p99_99"));
    }

    private RunSession.Outcome run(final List<String> settings) throws Exception
    {
        final List<String> overrides = new ArrayList<>(SHORT);
        overrides.addAll(settings);
        return new RunSession(out, null, false, true).run(ScenarioReader.read("name: short", overrides));
    }
}
