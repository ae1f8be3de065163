package io.epona.coordination;

import io.epona.engine.cluster.Coordination;
import io.epona.engine.cluster.CoordinationContract;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;

/**
 * Holds a real ZooKeeper against the contract.
 */
class CuratorCoordinationContractTest extends CoordinationContract
{
    @TempDir
    private static Path dir;
    private static ZooKeeperNode node;
    private static int clusterCount;

    @BeforeAll
    static void start()
    {
        node = new ZooKeeperNode(dir);
    }

    @AfterAll
    static void stop()
    {
        node.close();
    }

    String connectString(final int port)
    {
        return "127.0.0.1:" + port;
    }

    @Override
    protected Coordination open()
    {
        return CuratorCoordination.launch(new CuratorCoordination.Context()
            .connectString(connectString(node.port()))
            .cluster("c" + clusterCount++)
            .errorHandler((error) ->
            {
                throw new AssertionError(error);
            }));
    }
}
