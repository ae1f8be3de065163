package io.epona.loadgen.driver;

import io.epona.loadgen.scenario.Scenario;
import io.epona.loadgen.scenario.ScenarioException;

/**
 * Drivers by name.
 */
public final class Drivers
{
    private Drivers()
    {
    }

    /**
     * @param ctx for the driver; the scenario names it.
     * @return a driver, not yet open.
     * @throws ScenarioException where it cannot do what the scenario asks.
     * @throws DriverException   where it was not built.
     */
    public static LoadDriver create(final DriverContext ctx)
    {
        final Scenario scenario = ctx.scenario();
        return switch (scenario.driver().use())
        {
            case "null" -> new NullDriver(
                scenario.message().maxLength(),
                scenario.topology().producers(),
                scenario.topology().totalPartitions());
            case "aeron-echo" -> new AeronEchoDriver(ctx);
            case "embedded" -> new EmbeddedDriver(ctx);
            case "inproc", "ipc", "udp" -> new ClientDriver(ctx);
            case Scenario.CLUSTER -> new ClusterDriver(ctx);
            case Scenario.CHRONICLE, Scenario.KAFKA -> Peers.load(scenario.driver().use()).newDriver(ctx);
            default -> throw new ScenarioException("no driver is named '" + scenario.driver().use() + "'");
        };
    }

    /**
     * Before anything is made for a run.
     *
     * @param scenario resolved.
     * @throws DriverException where its driver was not built.
     */
    public static void requireBuilt(final Scenario scenario)
    {
        if (Peers.NAMES.contains(scenario.driver().use()))
        {
            Peers.jars();
        }
    }

    /**
     * @param name of a driver.
     * @return one line about it.
     */
    public static String describe(final String name)
    {
        return switch (name)
        {
            case "null" -> "no system: the generator's own ceiling";
            case "aeron-echo" -> "an Aeron echo under Epona's composition and settings (driver.transport: ipc | udp)";
            case "embedded" -> "the engine's own API, no transport";
            case "inproc" -> "a broker in this process, by rings and mapped memory";
            case "ipc" -> "a broker in this process, by Aeron shared memory";
            case "udp" -> "a broker in this process or in its own, by Aeron UDP on loopback";
            case Scenario.CLUSTER -> "three brokers, each in its own process, and ZooKeeper, by Aeron UDP on loopback";
            case Scenario.CHRONICLE -> "Chronicle Queue in this process: the floor of a log (built with -Ppeers)";
            case Scenario.KAFKA ->
                "Apache Kafka, each broker in its own process, engine.replication: how many (built with -Ppeers)";
            default -> "";
        };
    }
}
