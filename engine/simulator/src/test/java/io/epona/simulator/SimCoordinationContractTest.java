package io.epona.simulator;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.CoordinationContract;

/**
 * Holds the simulated ZooKeeper against the contract that the real one and the in-process one are held against.
 */
class SimCoordinationContractTest extends CoordinationContract
{
    @Override
    protected Coordination open()
    {
        final World world = new World(11);
        final SimZooKeeper ensemble = new SimZooKeeper(world, ZkSettings.healthy());

        return new PolledWorld(world, ensemble.client("1", () -> {}));
    }
}
