# SPDX-License-Identifier: Apache-2.0
"""get-data and edit-data on the datastores of RFC 8342 (RFC 8526)."""
from case import NS, case, config, do, elements, hostname, refused, restored, route, running_hostname, text_of


def get_data(m, datastore, extra=""):
    return do(m, f'<get-data xmlns="{NS["nmda"]}" xmlns:ds="{NS["ds"]}"><datastore>ds:{datastore}</datastore>{extra}</get-data>')


def edit_data(m, datastore, inner, extra=""):
    return do(m, f'<edit-data xmlns="{NS["nmda"]}" xmlns:ds="{NS["ds"]}"><datastore>ds:{datastore}</datastore>{extra}'
                 + config(inner).replace("<nc:config", "<config").replace("</nc:config>", "</config>") + "</edit-data>")


SYSTEM = '<subtree-filter><system xmlns="urn:strata:system"/></subtree-filter>'


@case("get-data: running, candidate, intended, operational")
def _(router):
    with router.connect() as m:
        for datastore in ("running", "candidate", "intended", "operational"):
            reply = get_data(m, datastore, SYSTEM)
            assert text_of(reply, "sys:hostname") == "r1", datastore
            assert elements(reply, "nmda:data"), reply.xml


@case("get-data: xpath-filter")
def _(router):
    with router.connect() as m:
        reply = get_data(m, "running", f'<xpath-filter xmlns:b="{NS["bgp"]}">/b:bgp/b:as</xpath-filter>')
        assert text_of(reply, "bgp:as") == "65000" and not elements(reply, "sys:system")


@case("get-data: config-filter tells configuration from state")
def _(router):
    with router.connect() as m:
        only = '<subtree-filter><netconf-server xmlns="urn:strata:netconf"/></subtree-filter><config-filter>%s</config-filter>'
        reply = get_data(m, "operational", only % "true")
        assert text_of(reply, "netconf:stall-timeout") == "2" and not elements(reply, "netconf:state")
        reply = get_data(m, "operational", only % "false")
        assert elements(reply, "netconf:state") and not elements(reply, "netconf:stall-timeout")


@case("get-data: max-depth")
def _(router):
    with router.connect() as m:
        reply = get_data(m, "running", '<subtree-filter><bgp xmlns="urn:strata:bgp"/></subtree-filter><max-depth>1</max-depth>')
        assert elements(reply, "bgp:bgp") and not elements(reply, "bgp:remote-as"), reply.xml


@case("get-data: origin-filter")
def _(router):
    with router.connect() as m:
        origin = '<{0} xmlns:or="urn:ietf:params:xml:ns:yang:ietf-origin">or:{1}</{0}>'
        reply = get_data(m, "operational", SYSTEM + origin.format("origin-filter", "intended"))
        assert elements(reply, "sys:hostname"), reply.xml
        reply = get_data(m, "operational", SYSTEM + origin.format("origin-filter", "learned"))
        assert not elements(reply, "sys:hostname"), reply.xml
        reply = get_data(m, "operational", SYSTEM + origin.format("negated-origin-filter", "intended"))
        assert not elements(reply, "sys:hostname"), reply.xml


@case("get-data: with-defaults")
def _(router):
    with router.connect() as m:
        reply = get_data(m, "running", SYSTEM + f'<with-defaults xmlns="{NS["nmda"]}">report-all</with-defaults>')
        assert text_of(reply, "sys:stale-time") == "60"


@case("get-data: no such datastore, and none at all")
def _(router):
    with router.connect() as m:
        refused("invalid-value", get_data, m, "factory-default")
        refused("missing-element", do, m, f'<get-data xmlns="{NS["nmda"]}"/>')


@case("edit-data: candidate, then running")
def _(router):
    with restored(router), router.connect() as m:
        assert edit_data(m, "candidate", route("203.0.113.0/24")).ok
        assert elements(m.get_config("candidate"), "sr:route")
        m.discard_changes()
        assert edit_data(m, "running", hostname("data")).ok and running_hostname(m) == "data"


@case("edit-data: operations, default-operation none")
def _(router):
    with restored(router), router.connect() as m:
        edit_data(m, "candidate", route("203.0.113.0/24", "create"))
        refused("data-exists", edit_data, m, "candidate", route("203.0.113.0/24", "create"))
        edit_data(m, "candidate", hostname("r1", "delete"), "<default-operation>none</default-operation>")
        assert running_hostname(m, "candidate") is None


@case("edit-data: what cannot be written")
def _(router):
    with router.connect() as m:
        for datastore in ("operational", "intended", "startup"):
            refused(("invalid-value", "operation-not-supported"), edit_data, m, datastore, hostname("x"))
