package io.epona.coordination;

/**
 * Holds a real ZooKeeper against the contract, below a path and with nodes that are for certain credentials alone.
 */
class CuratorCoordinationSecuredContractTest extends CuratorCoordinationContractTest
{
    @Override
    String connectString(final int port)
    {
        return "user:secret@127.0.0.1:" + port + "/some/path";
    }
}
