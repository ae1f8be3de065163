package io.epona.loadgen.scenario;

import io.epona.loadgen.scenario.Scenario.Arrival;
import io.epona.loadgen.scenario.Scenario.BrokerPlace;
import io.epona.loadgen.scenario.Scenario.Composition;
import io.epona.loadgen.scenario.Scenario.CrcScope;
import io.epona.loadgen.scenario.Scenario.Mode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

class ScenarioReaderTest
{
    private static final String FULL = """
        version: 1
        name: all-keys
        seed: 7
        driver: { use: udp, transport: udp }
        engine:
          profile: shared
          flush: none
          replication: 1
          acks: leader
          composition: one-thread
          broker: process
          idle: backoff
          batchSize: 64KiB
          linger: 250us
          maxBatchesInFlight: 3
          mtu: 1408
          topic: { segment.bytes: 64MiB, retention.bytes: 1GiB }
        topology: { topics: 2, partitions: 4, producers: 3, groups: 1, consumersPerGroup: 2 }
        message:
          size: { mix: [ {bytes: 64, weight: 70}, {bytes: 1KiB, weight: 30} ] }
          key: { dist: none }
        load: { mode: open, rate: 200k/s, arrival: poisson }
        phases: { warmup: 20s, measure: 60s, drain: 20s }
        consume: { start: live }
        verify: { delivery: at-least-once, order: none, crc: sampled }
        slo: { e2e.p99: 2ms, delivered.ratio: 1.0 }
        limits: { steal: 2, hiccup: 5ms, othersCpu: 10, seconds: 4, generator: 0.8 }
        """;

    @Test
    void everyKeyIsRead()
    {
        final Scenario scenario = read(FULL);

        assertEquals("all-keys", scenario.name());
        assertEquals(7, scenario.seed());
        assertEquals("udp", scenario.driver().use());
        assertEquals("leader", scenario.engine().acks());
        assertEquals(Composition.ONE_THREAD, scenario.engine().composition());
        assertEquals(BrokerPlace.PROCESS, scenario.engine().broker());
        assertEquals(64 * 1024, scenario.engine().batchSize());
        assertEquals(250_000, scenario.engine().lingerNs());
        assertEquals(3, scenario.engine().maxBatchesInFlight());
        assertEquals("1073741824", scenario.engine().topic().get("retention.bytes"));
        assertEquals(8, scenario.topology().totalPartitions());
        assertEquals(1024, scenario.message().maxLength());
        assertEquals(30, scenario.message().sizes().get(1).weight());
        assertEquals(200_000, scenario.load().rate());
        assertEquals(Arrival.POISSON, scenario.load().arrival());
        assertEquals(60_000_000_000L, scenario.phases().measureNs());
        assertEquals("at-least-once", scenario.verify().delivery());
        assertFalse(scenario.verify().ordered());
        assertEquals(CrcScope.SAMPLED, scenario.verify().crc());
        assertEquals(2_000_000.0, scenario.slo().get("e2e.p99"));
        assertEquals(0.8, scenario.limits().generatorShare());
    }

    @Test
    void theResolvedCopyReadsBackToTheSameScenario()
    {
        for (final String text : List.of(FULL, "name: small", "load: {mode: closed, window: 3}\nslo: {e2e.p99.9: 1ms}",
            "message: {size: {uniform: {min: 64, max: 128}}}"))
        {
            final Scenario scenario = read(text);
            final String written = ScenarioWriter.write(scenario);
            assertEquals(scenario, read(written), written);
            assertEquals(ScenarioWriter.hash(written), ScenarioWriter.hash(ScenarioWriter.write(read(written))));
        }
    }

    @Test
    void everyBundledScenarioIsValidOnEveryDriver()
    {
        for (final String name : BundledScenarios.NAMES)
        {
            for (final String driver : Scenario.DRIVERS)
            {
                final Scenario scenario =
                    ScenarioReader.read(BundledScenarios.text(name), List.of("driver.use=" + driver));
                assertEquals(name, scenario.name());
                assertEquals(driver, scenario.driver().use());
            }
        }
    }

    @Test
    void clusterScenariosHaveFaultsInTheOrderOfTheirTimes()
    {
        for (final String name : BundledScenarios.CLUSTER_NAMES)
        {
            final Scenario scenario = read(BundledScenarios.text(name));
            assertEquals(Scenario.CLUSTER, scenario.driver().use());
            assertEquals(3, scenario.engine().replication());
            assertEquals(Scenario.BrokerPlace.PROCESS, scenario.engine().broker());
        }
        final Scenario scenario = read(
            "driver: {use: cluster}\n" +
            "faults: [ {at: 9s, do: kill}, {at: 2s, do: kill, target: 3, restart: 1s, every: 2s, times: 3} ]");
        assertEquals(
            List.of(
                new Scenario.Fault(2_000_000_000L, "kill", "3", 1_000_000_000L, 2_000_000_000L, 3, 0),
                new Scenario.Fault(9_000_000_000L, "kill", "leader", 5_000_000_000L, 0, 1, 0)),
            scenario.faults());
        assertEquals(scenario, read(ScenarioWriter.write(scenario)));
        assertEquals(
            List.of(
                new Scenario.Fault(0, "pause", "leader", 5_000_000_000L, 0, 1, 0),
                new Scenario.Fault(1_000_000_000L, "zk-expire", "1", 0, 0, 1, 0),
                new Scenario.Fault(2_000_000_000L, "udp-loss", "2", 5_000_000_000L, 0, 1, 0.1),
                new Scenario.Fault(3_000_000_000L, "partition", "3", 5_000_000_000L, 0, 1, 0)),
            read(
                "driver: {use: cluster}\n" +
                "faults: [ {at: 0s, do: pause}, {at: 1s, do: zk-expire, target: 1}, " +
                "{at: 2s, do: udp-loss, target: 2, share: 0.1}, {at: 3s, do: partition, target: 3} ]").faults());
        assertThrows(ScenarioException.class, () -> read(
            "driver: {use: cluster}\nfaults: [ {at: 9s, do: kill, every: 6s, times: 3} ]"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "engine.linger=500us | engine.linger: Kafka knows whole milliseconds only: 500us",
        "engine.maxBatchesInFlight=6 | engine.maxBatchesInFlight: at most 5 with driver kafka",
        "engine.composition=one-thread | waits for its broker on a thread of its own",
        "engine.broker=in-process | the brokers of driver kafka have processes of their own",
        "engine.mtu=8192 | engine.mtu: driver kafka goes over TCP",
        "faults=[{at: 1s, do: kill}] | faults go with driver cluster only, not kafka",
    })
    void whatKafkaDoesNotKnowIsRefused(final String setting, final String message)
    {
        final ScenarioException refused = assertThrows(
            ScenarioException.class, () -> ScenarioReader.read("driver: {use: kafka}", List.of(setting)));
        assertTrue(refused.getMessage().contains(message), refused::getMessage);
    }

    @Test
    void aKafkaHasAsManyBrokersAsReplicas()
    {
        assertEquals(1, read("driver: { use: kafka }").engine().replication());
        assertEquals(3, read("driver: { use: kafka }\nengine: { replication: 3 }").engine().replication());
    }

    @Test
    void theDriverNamedNullIsNotAMissingValue()
    {
        assertEquals("null", read("driver: { use: null }").driver().use());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "load: {raet: 1k/s} | unknown key 'load.raet' (nearest: 'rate')",
        "laod: {rate: 1k/s} | unknown key 'laod' (nearest: 'load')",
        "engine: {topic: {}, compositon: auto} | unknown key 'engine.compositon' (nearest: 'composition')",
        "slo: {e2e.p98: 1ms} | unknown key 'slo.e2e.p98' (nearest: 'e2e.p90')",
        "driver: {use: ipx} | 'ipx' is none of",
        "driver: {use: kafak} | udp, cluster, chronicle, kafka (nearest: 'kafka')",
        "engine: {replication: 3} | engine.replication: more than 1 goes with drivers cluster and kafka only, not ipc",
        "engine: {replication: 4} | engine.replication must be between 1 and 3",
        "'driver: {use: cluster}, engine: {broker: in-process}' | not a valid scenario",
        "engine: {flush: commit} | engine.flush: 'commit' is not supported",
        "engine: {profile: dedicated} | engine.profile: 'dedicated' is not supported",
        "topology: {groups: 2} | consumer groups come later",
        "message: {key: {dist: zpif}} | message.key.dist: 'zpif' is none of",
        "message: {key: {dist: uniform, count: 0}} | message.key.count must be between 1 and",
        "message: {key: {dist: uniform, theta: 0.9}} | message.key.theta does not apply to dist uniform",
        "message: {key: {dist: hot, share: 2}} | message.key.share must be between 0",
        "message: {key: {count: 10}} | message.key.count does not apply to dist none",
        "load: {arrival: bursst} | 'bursst' is none of even, poisson, bursts",
        "load: {together: 5} | load.together applies to arrival bursts only",
        "load: {arrival: bursts, together: 0} | load.together must be between 1 and",
        "load: {arrival: bursts, rate: 10/s} | load.rate: at least one burst of 100 a second",
        "load: {mode: flood, arrival: bursts} | load.arrival: bursts applies to mode open only",
        "load: {rate: 0/s} | load.rate must be between 1/s and 1000M/s",
        "consume: {start: earliest} | consume.start: 'earliest' is not supported",
        "faults: {at: 1s} | faults is a list",
        "'faults: [{at: 1s, do: kill}]' | faults go with driver cluster only, not ipc",
        "'faults: [{at: 1s, do: hug}]' | 'hug' is none of kill",
        "'faults: [{at: 1s, do: kill, share: 0.1}]' | faults[0].share: only udp-loss loses a share",
        "'faults: [{do: kill}]' | faults[0].at: say how long after the begin of the load",
        "'faults: [{at: 1s, do: kill, target: 4}]' | faults[0].target: '4' is neither leader nor the id of a broker",
        "'faults: [{at: 1s, do: kill, times: 2}]' | faults[0].every: what is done again has to have been started again",
        "'faults: [{at: 1s, do: kill, tines: 2}]' | unknown key 'faults[0].tines' (nearest: 'times')",
        "phases: {measure: 20} | phases.measure: '20' is not a duration with its unit",
        "load: {rate: fast} | load.rate: 'fast' is not a rate",
        "load: {mode: flood, rate: 1k/s} | load.rate applies to mode open only",
        "message: {size: 16} | a verified value takes at least 32 bytes",
        "'load: {mode: flood}, slo: {e2e.p99: 1ms}' | not a valid scenario",
        "topology: {partitions: 0} | topology.partitions must be between 1 and",
        "version: 2 | this program reads scenarios of version 1",
        "name: '../x' | name: use 1 to 80",
        "'[]' | a scenario is a mapping",
        "driver: {use: ipc, transport: tcp} | 'tcp' is none of ipc, udp",
    })
    void whatCannotBeRunIsRefusedByName(final String yaml, final String message)
    {
        final ScenarioException ex = assertThrows(ScenarioException.class, () -> read(yaml));
        assertTrue(ex.getMessage().contains(message), ex.getMessage());
    }

    @Test
    void aDuplicateKeyIsRefusedByName()
    {
        final ScenarioException ex = assertThrows(
            ScenarioException.class, () -> read("load:\n  rate: 1k/s\n  rate: 2k/s\n"));
        assertTrue(ex.getMessage().contains("'rate'"), ex.getMessage());
    }

    @ParameterizedTest
    @ValueSource(strings = {"engine.broker=process", "driver.use=null", "topology.producers=2"})
    void settingsThatExcludeEachOtherAreRefused(final String setting)
    {
        final List<String> overrides = List.of(
            "driver.use=embedded", "engine.composition=two-threads", "load.mode=flood", setting);
        assertThrows(ScenarioException.class, () -> ScenarioReader.read("name: x", overrides));
    }

    @Test
    void overridesReachEveryKindOfKey()
    {
        final Scenario scenario = ScenarioReader.read("name: x", List.of(
            "load.rate=5k/s", "engine.topic.segment.bytes=1MiB", "slo.e2e.p99=3ms", "message={size: 64}"));

        assertEquals(5_000, scenario.load().rate());
        assertEquals("1048576", scenario.engine().topic().get("segment.bytes"));
        assertEquals(3_000_000.0, scenario.slo().get("e2e.p99"));
        assertEquals(64, scenario.message().maxLength());
        assertThrows(ScenarioException.class, () -> ScenarioReader.read("name: x", List.of("load.rate")));
        assertThrows(ScenarioException.class, () -> ScenarioReader.read("name: x", List.of("load.rtae=1k/s")));
    }

    @Test
    void automaticChoicesDependOnDriverAndLoad()
    {
        final Scenario udpFlood = ScenarioReader.read("load: {mode: flood}", List.of("driver.use=udp"));
        assertEquals(BrokerPlace.PROCESS, udpFlood.engine().broker());
        assertEquals(Composition.ONE_THREAD, udpFlood.engine().composition());
        final Scenario ipcFlood = ScenarioReader.read("load: {mode: flood}", List.of("driver.use=ipc"));
        assertEquals(BrokerPlace.IN_PROCESS, ipcFlood.engine().broker());
        assertEquals(Composition.TWO_THREADS, ipcFlood.engine().composition());
        final Scenario udpOpen = ScenarioReader.read("load: {mode: open}", List.of("driver.use=udp"));
        assertEquals(BrokerPlace.IN_PROCESS, udpOpen.engine().broker());
        assertEquals(Composition.ONE_THREAD, udpOpen.engine().composition());
        assertEquals(Mode.OPEN, udpOpen.load().mode());
    }

    private static Scenario read(final String yaml)
    {
        return ScenarioReader.read(yaml, List.of());
    }
}
