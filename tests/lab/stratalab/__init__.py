# SPDX-License-Identifier: Apache-2.0
"""strata-lab: networks of namespaces on kernel MPLS, natively or in a virtual machine."""
