package io.epona.loadgen.scenario;

import io.epona.loadgen.scenario.Scenario.Arrival;
import io.epona.loadgen.scenario.Scenario.BrokerPlace;
import io.epona.loadgen.scenario.Scenario.Composition;
import io.epona.loadgen.scenario.Scenario.DriverSpec;
import io.epona.loadgen.scenario.Scenario.EngineSpec;
import io.epona.loadgen.scenario.Scenario.Fault;
import io.epona.loadgen.scenario.Scenario.Load;
import io.epona.loadgen.scenario.Scenario.Message;
import io.epona.loadgen.scenario.Scenario.Mode;
import io.epona.loadgen.verify.Payload;

import java.util.List;

/**
 * What depends on more than one key: refusals across sections, and the choices that {@code auto} stands for.
 */
final class ScenarioRules
{
    private static final int MAX_VALUE_LENGTH = 2 * 1024 * 1024;
    private static final List<String> KEYLESS = List.of("aeron-echo", Scenario.CHRONICLE);
    private static final int KAFKA_MAX_IN_FLIGHT = 5;

    private ScenarioRules()
    {
    }

    static Scenario resolve(final Scenario scenario)
    {
        checkMessage(scenario.message());
        checkLoad(scenario.load(), scenario.topology().producers());
        if ("embedded".equals(scenario.driver().use()) && scenario.topology().producers() > 1)
        {
            throw new ScenarioException("topology.producers: driver embedded has one producer, the thread that owns " +
                "the partitions");
        }
        if (scenario.message().keys().areUsed() && KEYLESS.contains(scenario.driver().use()))
        {
            throw new ScenarioException("message.key: driver " + scenario.driver().use() + " knows no keys");
        }
        checkFaults(scenario);
        final EngineSpec engine = engine(scenario.driver(), scenario.engine(), scenario.load());

        return new Scenario(
            scenario.name(),
            scenario.seed(),
            scenario.driver(),
            engine,
            scenario.topology(),
            scenario.message(),
            scenario.load(),
            scenario.phases(),
            scenario.verify(),
            scenario.slo(),
            scenario.limits(),
            scenario.faults());
    }

    private static void checkFaults(final Scenario scenario)
    {
        final long endNs = scenario.phases().warmupNs() + scenario.phases().measureNs();
        for (final Fault fault : scenario.faults())
        {
            if (!Scenario.CLUSTER.equals(scenario.driver().use()))
            {
                throw new ScenarioException("faults go with driver cluster only, not " + scenario.driver().use());
            }
            if (fault.atNs() + (fault.times() - 1) * fault.everyNs() >= endNs)
            {
                throw new ScenarioException("faults: the last one comes when the load is over: warmup and measure " +
                    "take " + Units.durationText(endNs));
            }
        }
    }

    /** Replicas of each partition: all brokers of a cluster, unless it is said. */
    private static int replication(final DriverSpec driver, final int asked)
    {
        final boolean isCluster = Scenario.CLUSTER.equals(driver.use());
        if (!isCluster && !Scenario.KAFKA.equals(driver.use()) && asked > 1)
        {
            throw new ScenarioException("engine.replication: more than 1 goes with drivers cluster and kafka only, " +
                "not " + driver.use());
        }

        return 0 != asked ? asked : isCluster ? Scenario.CLUSTER_BROKERS : 1;
    }

    /** What Kafka's clients do not know is refused, not left out. */
    private static void checkKafka(final EngineSpec engine, final Composition composition)
    {
        if (Composition.TWO_THREADS != composition)
        {
            throw new ScenarioException("engine.composition: a consumer of driver kafka waits for its broker on a " +
                "thread of its own; use two-threads or auto");
        }
        if (engine.lingerNs() > 0 && engine.lingerNs() % 1_000_000 != 0)
        {
            throw new ScenarioException("engine.linger: Kafka knows whole milliseconds only: " +
                Units.durationText(engine.lingerNs()));
        }
        if (engine.maxBatchesInFlight() > KAFKA_MAX_IN_FLIGHT)
        {
            throw new ScenarioException("engine.maxBatchesInFlight: at most " + KAFKA_MAX_IN_FLIGHT +
                " with driver kafka, which keeps its records in order up to there: " + engine.maxBatchesInFlight());
        }
        if (0 != engine.mtu())
        {
            throw new ScenarioException("engine.mtu: driver kafka goes over TCP");
        }
    }

    private static void checkMessage(final Message message)
    {
        if (message.minLength() < Payload.HEADER_LENGTH)
        {
            throw new ScenarioException("message.size: a verified value takes at least " + Payload.HEADER_LENGTH +
                " bytes (identity, times and checksum): " + message.minLength());
        }
        if (message.maxLength() > MAX_VALUE_LENGTH)
        {
            throw new ScenarioException("message.size: at most 2MiB: " + message.maxLength());
        }
    }

    private static void checkLoad(final Load load, final int producers)
    {
        if (Mode.OPEN == load.mode() && load.rate() < producers)
        {
            throw new ScenarioException("load.rate: at least 1/s for each of " + producers + " producers");
        }
        if (Mode.OPEN != load.mode() && Arrival.EVEN != load.arrival())
        {
            throw new ScenarioException("load.arrival: " + load.arrival().text() + " applies to mode open only");
        }
        if (load.together() > 1 && load.rate() < load.together())
        {
            throw new ScenarioException("load.rate: at least one burst of " + load.together() + " a second");
        }
        if (load.backlog() < 4096)
        {
            throw new ScenarioException("load.backlog must be at least 4KiB");
        }
    }

    private static EngineSpec engine(final DriverSpec driver, final EngineSpec engine, final Load load)
    {
        final boolean flood = Mode.FLOOD == load.mode();
        final boolean isKafka = Scenario.KAFKA.equals(driver.use());
        final boolean isRemote = isKafka || Scenario.CLUSTER.equals(driver.use());
        final BrokerPlace place = BrokerPlace.AUTO != engine.broker() ? engine.broker() :
            isRemote || "udp".equals(driver.use()) && flood ? BrokerPlace.PROCESS : BrokerPlace.IN_PROCESS;
        if (isRemote && BrokerPlace.PROCESS != place)
        {
            throw new ScenarioException("engine.broker: the brokers of driver " + driver.use() +
                " have processes of their own");
        }
        Composition composition = engine.composition();
        if (Composition.AUTO == composition)
        {
            final boolean single = "null".equals(driver.use()) || BrokerPlace.PROCESS == place || !flood;
            composition = single && !isKafka ? Composition.ONE_THREAD : Composition.TWO_THREADS;
        }

        if (BrokerPlace.PROCESS == place && !isRemote && !"udp".equals(driver.use()))
        {
            throw new ScenarioException(
                "engine.broker: process goes with drivers udp, cluster and kafka only, not " + driver.use());
        }
        if (isKafka)
        {
            checkKafka(engine, composition);
        }
        else if (BrokerPlace.PROCESS == place && Composition.ONE_THREAD != composition)
        {
            throw new ScenarioException("engine.composition: with the broker in its own process the generator and " +
                "its client are one thread; use one-thread or auto");
        }
        if ("null".equals(driver.use()) && Composition.ONE_THREAD != composition)
        {
            throw new ScenarioException("engine.composition: the null driver has one thread");
        }
        if (engine.batchSize() < 0 || engine.batchSize() > MAX_VALUE_LENGTH)
        {
            throw new ScenarioException("engine.batchSize must be between 0 (default) and 2MiB");
        }
        if (0 != engine.mtu() && (engine.mtu() < 1024 || engine.mtu() > 65_504 || engine.mtu() % 32 != 0))
        {
            throw new ScenarioException("engine.mtu must be a multiple of 32 between 1024 and 65504, or 0");
        }

        return new EngineSpec(
            engine.profile(),
            engine.acks(),
            composition,
            place,
            engine.idle(),
            engine.batchSize(),
            engine.lingerNs(),
            engine.maxBatchesInFlight(),
            engine.mtu(),
            engine.topic(),
            replication(driver, engine.replication()));
    }
}
